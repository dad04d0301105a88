/* eg_gate_products_wide: the product of the input weights with a row of int16 values.
 *
 * A word of weights holds two columns of a pair: its even bytes are the one member's, its odd bytes the other's, so that
 * SMLAD takes them with two values as they lie.
 */
#include "eg_kernels.h"
#include "eg_recurrent.h"

#if EG_RECURRENT && EG_WIDE

#if EG_DSP

#include "eg_dsp.h"

/* Two columns of the pair whose weights begin at `w`. */
static inline void two_columns(const int8_t *w, int16x2_t values, int32_t *a, int32_t *b) {
    const uint32_t word = eg_load_word(w);
    *a = __smlad(eg_even_bytes(word), values, *a);
    *b = __smlad(eg_odd_bytes(word), values, *b);
}

#else

static inline void two_columns(const int8_t *w, const eg_value_t *values, int32_t *a, int32_t *b) {
    *a += values[0] * w[0] + values[1] * w[2];
    *b += values[0] * w[1] + values[1] * w[3];
}

#endif

void eg_gate_products_wide(const int8_t *weights, const eg_value_t *operand, uint32_t chunks,
                           int32_t sums[EG_PRODUCT_SUMS]) {
    int32_t a0 = 0, b0 = 0, a1 = 0, b1 = 0, a2 = 0, b2 = 0;
    for (; chunks > 0; chunks--, weights += EG_CHUNK_BYTES) {
        EG_UNROLL
        for (uint32_t column = 0; column < EG_CHUNK; column += 2, operand += 2) {
#if EG_DSP
            int16x2_t values;
            memcpy(&values, operand, sizeof values);
#else
            const eg_value_t *values = operand;
#endif
            two_columns(weights + 2 * column, values, &a0, &b0);
            two_columns(weights + EG_PAIR_BYTES + 2 * column, values, &a1, &b1);
            two_columns(weights + 2 * EG_PAIR_BYTES + 2 * column, values, &a2, &b2);
        }
    }
    sums[0] = a0;
    sums[1] = b0;
    sums[2] = a1;
    sums[3] = b1;
    sums[4] = a2;
    sums[5] = b2;
}

#endif
