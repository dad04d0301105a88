/* Pairs of 16-bit values in one register: the DSP extension of Armv7E-M and Armv8-M Mainline. */
#ifndef EG_DSP_H
#define EG_DSP_H

#include <arm_acle.h>
#include <string.h>

#include "eg_layers.h"

/* Four bytes from any address. */
static inline uint32_t eg_load_word(const int8_t *place) {
    uint32_t word;
    memcpy(&word, place, sizeof word);
    return word;
}

/* Bytes 0 and 2, sign-extended. */
static inline int16x2_t eg_even_bytes(uint32_t word) {
    return __sxtb16((int8x4_t)word);
}

/* Bytes 1 and 3, sign-extended. One instruction, which GCC 12 does not form by itself. */
static inline int16x2_t eg_odd_bytes(uint32_t word) {
    int16x2_t pair;
    __asm__("sxtb16 %0, %1, ror #8" : "=r"(pair) : "r"(word));
    return pair;
}

/* sum + the four products of the bytes of two words, as even and odd pairs. */
static inline int32_t eg_multiply_pairs(int16x2_t even, int16x2_t odd, int16x2_t x_even, int16x2_t x_odd, int32_t sum) {
    return __smlad(odd, x_odd, __smlad(even, x_even, sum));
}

#endif
