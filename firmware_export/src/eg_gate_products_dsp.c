/* eg_gate_products with SMLAD, for Cortex-M4, M7 and M33: result as in eg_gate_products.c, to the bit. C in place of
 * eg_gate_products_dsp.S.
 *
 * operand  int16: two values in a word
 * weights  a halfword holds 256 b + a for the weights a and b of a pair (EG_PAIR), so SMLAD of the word as it lies
 *          sums 256 b + a for both columns, and SMLAD of its low bytes, which one SXTB16 widens, sums a. Three
 *          instructions for four products; b is the difference of the sums divided by 256, exact because it is below
 *          2**23.
 */
#include "eg_recurrent.h"

#if EG_RECURRENT && EG_DSP && !EG_DSP_ASSEMBLY

#include "eg_dsp.h"

/* Of one pair: sums of 256 b + a, and of a. */
typedef struct {
    int32_t both, low;
} pair_sums_t;

static inline void two_columns(pair_sums_t *sums, const int8_t *weights, int16x2_t x) {
    const uint32_t word = eg_load_word(weights);
    sums->both = __smlad((int16x2_t)word, x, sums->both);
    sums->low = __smlad(eg_even_bytes(word), x, sums->low);
}

void eg_gate_products(const int8_t *weights, const uint32_t *operand, uint32_t chunks, int32_t sums[EG_PRODUCT_SUMS]) {
    pair_sums_t of[EG_PAIRS] = {{0, 0}};
    for (; chunks > 0; chunks--, weights += 2 * EG_PAIR_BYTES) {
        for (uint32_t i = 0; i < EG_CHUNK / 2; i++, weights += 4) {
            const int16x2_t x = (int16x2_t)*operand++;
            EG_UNROLL
            for (uint32_t pair = 0; pair < EG_PAIRS; pair++) {
                two_columns(&of[pair], weights + pair * EG_PAIR_BYTES, x);
            }
        }
    }
    for (uint32_t pair = 0; pair < EG_PAIRS; pair++) {
        sums[2 * pair] = of[pair].low;
        /* The sum of both wrapped around; the difference does not. */
        sums[2 * pair + 1] = (int32_t)((uint32_t)of[pair].both - (uint32_t)of[pair].low) >> 8;
    }
}

#endif
