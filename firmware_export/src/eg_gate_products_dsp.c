/* eg_gate_products with SMLAD, for Cortex-M4, M7 and M33: result as in eg_gate_products.c, to the bit.
 *
 * operand  int16: two values in a word
 * weights  a halfword holds 256 b + a for the weights a and b of a pair (EG_PAIR), so SMLAD of the word as it lies
 *          sums 256 b + a for both columns, and SMLAD of its low bytes, which one SXTB16 widens, sums a. Three
 *          instructions for four products; b is the difference of the sums divided by 256, exact because it is below
 *          2**23.
 */
#include "eg_recurrent.h"

#if EG_RECURRENT && EG_DSP

#include "eg_dsp.h"

/* Of three pairs: sums of 256 b + a, and of a. */
typedef struct {
    int32_t s0, s1, s2, a0, a1, a2;
} sums_t;

#if !EG_EVERY_REGISTER

static inline sums_t products(const int8_t *weights, const uint32_t *operand, uint32_t chunks) {
    sums_t t = {0};
    for (; chunks > 0; chunks--, weights += 2 * EG_PAIR_BYTES) {
        for (uint32_t i = 0; i < EG_CHUNK / 2; i++, weights += 4) {
            const int16x2_t x = (int16x2_t)*operand++;
            const uint32_t first = eg_load_word(weights), second = eg_load_word(weights + EG_PAIR_BYTES),
                           third = eg_load_word(weights + 2 * EG_PAIR_BYTES);
            t.s0 = __smlad((int16x2_t)first, x, t.s0);
            t.a0 = __smlad(eg_even_bytes(first), x, t.a0);
            t.s1 = __smlad((int16x2_t)second, x, t.s1);
            t.a1 = __smlad(eg_even_bytes(second), x, t.a1);
            t.s2 = __smlad((int16x2_t)third, x, t.s2);
            t.a2 = __smlad(eg_even_bytes(third), x, t.a2);
        }
    }
    return t;
}

#else

/* Two columns: word `w` of one pair. */
#define WORD(sum, a, w, x)                                                                                             \
    "smlad %[" sum "], %[" w "], %[" x "], %[" sum "]\n\t"                                                             \
    "sxtb16 %[" w "], %[" w "]\n\t"                                                                                    \
    "smlad %[" a "], %[" w "], %[" x "], %[" a "]\n\t"
#define PAIR(sum, a, offset) "ldrd %[u], %[v], [%[w], #" offset "]\n\t" WORD(sum, a, "u", "x0") WORD(sum, a, "v", "x1")

/* Four columns of the three pairs. */
#define COLUMNS(offset0, offset1, offset2)                                                                             \
    "ldrd %[x0], %[x1], [%[x]], #8\n\t" PAIR("s0", "a0", offset0) PAIR("s1", "a1", offset1) PAIR("s2", "a2", offset2)

static inline sums_t products(const int8_t *weights, const uint32_t *operand, uint32_t chunks) {
    int32_t s0 = 0, s1 = 0, s2 = 0, a0 = 0, a1 = 0, a2 = 0;
    uint32_t u, v, x0, x1;
    __asm__ volatile(
        "1:\n\t" COLUMNS("0", "32", "64") COLUMNS("8", "40", "72") COLUMNS("16", "48", "80")
            COLUMNS("24", "56", "88") "adds %[w], #96\n\t"
                                      "subs %[chunks], #1\n\t"
                                      "bne 1b\n\t"
        : [s0] "+r"(s0), [s1] "+r"(s1), [s2] "+r"(s2), [a0] "+r"(a0), [a1] "+r"(a1), [a2] "+r"(a2), [w] "+r"(weights),
          [x] "+r"(operand), [chunks] "+r"(chunks), [u] "=&r"(u), [v] "=&r"(v), [x0] "=&r"(x0), [x1] "=&r"(x1)
        :
        : "cc", "memory");
    return (sums_t){s0, s1, s2, a0, a1, a2};
}

#endif

/* The sums of 256 b + a wrapped around; b does not. */
static inline int32_t high(int32_t both, int32_t low) {
    return (int32_t)((uint32_t)both - (uint32_t)low) >> 8;
}

void eg_gate_products(const int8_t *weights, const uint32_t *operand, uint32_t chunks, int32_t sums[EG_PRODUCT_SUMS]) {
    const sums_t t = products(weights, operand, chunks);
    sums[0] = t.a0;
    sums[1] = high(t.s0, t.a0);
    sums[2] = t.a1;
    sums[3] = high(t.s1, t.a1);
    sums[4] = t.a2;
    sums[5] = high(t.s2, t.a2);
}

#endif
