/* Sums of products of four int8 weights at a time and six or three positions of int16 values, with SMLAD: what
 * eg_matmul_dsp.c and eg_matmul_wide.c have in common.
 *
 * values  int16 [quads][positions][the pair for bytes 0 and 2 of a word of weights, that for bytes 1 and 3], up to `end`:
 *         whole turns of the loops, two quads of six positions or four of three. One LDM brings two positions of six, or
 *         three
 * a0 ...  sums of the positions, in the caller's variables of these names
 */
#ifndef EG_SUMS_DSP_H
#define EG_SUMS_DSP_H

#include "eg_dsp.h"

enum { SIX = 6, THREE = 3 };

/* Where registers are kept for something else there are three positions in C. */
#define EG_SIX_POSITIONS EG_EVERY_REGISTER

#if EG_SIX_POSITIONS

/* Two quads of weights against six positions. The end stays in memory: fourteen registers are in use. */
#define QUAD                                                                                                           \
    "ldr r8, [%[w]], #4\n\t"                                                                                           \
    "sxtb16 %[even], r8\n\t"                                                                                           \
    "sxtb16 %[odd], r8, ror #8\n\t"                                                                                    \
    "ldmia %[x]!, {r8, r9, r10, r11}\n\t"                                                                              \
    "smlad %[a0], %[even], r8, %[a0]\n\t"                                                                              \
    "smlad %[a1], %[even], r10, %[a1]\n\t"                                                                             \
    "smlad %[a0], %[odd], r9, %[a0]\n\t"                                                                               \
    "smlad %[a1], %[odd], r11, %[a1]\n\t"                                                                              \
    "ldmia %[x]!, {r8, r9, r10, r11}\n\t"                                                                              \
    "smlad %[a2], %[even], r8, %[a2]\n\t"                                                                              \
    "smlad %[a3], %[even], r10, %[a3]\n\t"                                                                             \
    "smlad %[a2], %[odd], r9, %[a2]\n\t"                                                                               \
    "smlad %[a3], %[odd], r11, %[a3]\n\t"                                                                              \
    "ldmia %[x]!, {r8, r9, r10, r11}\n\t"                                                                              \
    "smlad %[a4], %[even], r8, %[a4]\n\t"                                                                              \
    "smlad %[a5], %[even], r10, %[a5]\n\t"                                                                             \
    "smlad %[a4], %[odd], r9, %[a4]\n\t"                                                                               \
    "smlad %[a5], %[odd], r11, %[a5]\n\t"

#define EG_SIX_SUMS(weights, values, end)                                                                              \
    do {                                                                                                               \
        const int8_t *w_ = weights;                                                                                    \
        const uint32_t *x_ = values;                                                                                   \
        int32_t even_, odd_;                                                                                           \
        __asm__ volatile("1:\n\t" QUAD QUAD "ldr r8, %[last]\n\t"                                                      \
                         "cmp %[x], r8\n\t"                                                                            \
                         "bne 1b\n\t"                                                                                  \
                         : [a0] "+r"(a0), [a1] "+r"(a1), [a2] "+r"(a2), [a3] "+r"(a3), [a4] "+r"(a4), [a5] "+r"(a5),   \
                           [w] "+r"(w_), [x] "+r"(x_), [even] "=&r"(even_), [odd] "=&r"(odd_)                          \
                         : [last] "m"(end)                                                                             \
                         : "r8", "r9", "r10", "r11", "cc", "memory");                                                  \
    } while (0)

/* Four weights against three positions; r7 is left to compilers that keep a frame pointer there. */
#define QUAD_OF_THREE                                                                                                  \
    "ldr %[odd], [%[w]], #4\n\t"                                                                                       \
    "sxtb16 %[even], %[odd]\n\t"                                                                                       \
    "sxtb16 %[odd], %[odd], ror #8\n\t"                                                                                \
    "ldmia %[x]!, {r4, r5, r6, r8, r9, r10}\n\t"                                                                       \
    "smlad %[a0], %[even], r4, %[a0]\n\t"                                                                              \
    "smlad %[a1], %[even], r6, %[a1]\n\t"                                                                              \
    "smlad %[a2], %[even], r9, %[a2]\n\t"                                                                              \
    "smlad %[a0], %[odd], r5, %[a0]\n\t"                                                                               \
    "smlad %[a1], %[odd], r8, %[a1]\n\t"                                                                               \
    "smlad %[a2], %[odd], r10, %[a2]\n\t"

#define EG_THREE_SUMS(weights, values, end)                                                                            \
    do {                                                                                                               \
        const int8_t *w_ = weights;                                                                                    \
        const uint32_t *x_ = values;                                                                                   \
        int32_t even_, odd_;                                                                                           \
        __asm__ volatile("1:\n\t" QUAD_OF_THREE QUAD_OF_THREE QUAD_OF_THREE QUAD_OF_THREE "ldr r4, %[last]\n\t"        \
                         "cmp %[x], r4\n\t"                                                                            \
                         "bne 1b\n\t"                                                                                  \
                         : [a0] "+r"(a0), [a1] "+r"(a1), [a2] "+r"(a2), [w] "+r"(w_), [x] "+r"(x_),                    \
                           [even] "=&r"(even_), [odd] "=&r"(odd_)                                                      \
                         : [last] "m"(end)                                                                             \
                         : "r4", "r5", "r6", "r8", "r9", "r10", "cc", "memory");                                       \
    } while (0)

#else

#define EG_THREE_SUMS(weights, values, end)                                                                            \
    do {                                                                                                               \
        const int8_t *w_ = weights;                                                                                    \
        for (const uint32_t *x_ = values; x_ != (end); x_ += 2 * THREE, w_ += 4) {                                     \
            const uint32_t word_ = eg_load_word(w_);                                                                   \
            const int16x2_t even_ = eg_even_bytes(word_), odd_ = eg_odd_bytes(word_);                                  \
            a0 = eg_multiply_pairs(even_, odd_, (int16x2_t)x_[0], (int16x2_t)x_[1], a0);                               \
            a1 = eg_multiply_pairs(even_, odd_, (int16x2_t)x_[2], (int16x2_t)x_[3], a1);                               \
            a2 = eg_multiply_pairs(even_, odd_, (int16x2_t)x_[4], (int16x2_t)x_[5], a2);                               \
        }                                                                                                              \
    } while (0)

#endif

#endif
