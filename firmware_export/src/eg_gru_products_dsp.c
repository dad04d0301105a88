/* eg_gru_products with SMLAD, for Cortex-M4, M7 and M33: result as in eg_gru_products.c, to the bit.
 *
 * operand  int16: two values in a word
 * weights  a halfword holds 256 b + a for the weights a and b of two units (EG_PAIR), so SMLAD of the word as it lies
 *          sums 256 b + a for both columns, and SMLAD of its low bytes, which one SXTB16 widens, sums a. Three
 *          instructions for four products; b is the difference of the sums divided by 256, exact because it is below
 *          2**23.
 */
#include "eg_gru.h"

#if EG_RECURRENT && EG_DSP

/* Two columns: word `w` of one gate. */
#define WORD(sum, a, w, x)                                                                                             \
    "smlad %[" sum "], %[" w "], %[" x "], %[" sum "]\n\t"                                                             \
    "sxtb16 %[" w "], %[" w "]\n\t"                                                                                    \
    "smlad %[" a "], %[" w "], %[" x "], %[" a "]\n\t"
#define GATE(sum, a, offset) "ldrd %[u], %[v], [%[w], #" offset "]\n\t" WORD(sum, a, "u", "x0") WORD(sum, a, "v", "x1")

/* Four columns of the three gates. */
#define COLUMNS(offset0, offset1, offset2)                                                                             \
    "ldrd %[x0], %[x1], [%[x]], #8\n\t" GATE("s0", "a0", offset0) GATE("s1", "a1", offset1) GATE("s2", "a2", offset2)

void eg_gru_products(const int8_t *weights, const uint32_t *operand, uint32_t chunks, int32_t sums[EG_GRU_SUMS]) {
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
    /* The sums wrapped around; their differences do not. */
    sums[0] = a0;
    sums[1] = (int32_t)((uint32_t)s0 - (uint32_t)a0) >> 8;
    sums[2] = a1;
    sums[3] = (int32_t)((uint32_t)s1 - (uint32_t)a1) >> 8;
    sums[4] = a2;
    sums[5] = (int32_t)((uint32_t)s2 - (uint32_t)a2) >> 8;
}

#endif
