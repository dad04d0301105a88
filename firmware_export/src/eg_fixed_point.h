/* The operations from which the integer front end is made. */
#ifndef EG_FIXED_POINT_H
#define EG_FIXED_POINT_H

#include <stdint.h>

#include "eg_compiler.h"

/* (a * b + 2**31) >> 32: the rounded high word, edgegenre.frontend.fixed_point.multiply_high. SMMULR where the DSP
 * extension is. */
static EG_ALWAYS_INLINE int32_t eg_multiply_high(int32_t a, int32_t b) {
#if EG_VARIANTS && EG_CORTEX_M && defined(__ARM_FEATURE_DSP)
    int32_t high;
    __asm__("smmulr %0, %1, %2" : "=r"(high) : "r"(a), "r"(b));
    return high;
#elif EG_CORTEX_M && __ARM_ARCH_ISA_THUMB == 1
    /* Products of halves, as the core has no wider one; no sum of them overflows. */
    const int32_t a_high = a >> 16, b_high = b >> 16;
    const uint32_t a_low = (uint16_t)a, b_low = (uint16_t)b;
    const int32_t first = a_high * (int32_t)b_low + (int32_t)(a_low * b_low >> 16) + (1 << 15);
    const int32_t second = (int32_t)a_low * b_high + (first & 0xFFFF);
    return a_high * b_high + (first >> 16) + (second >> 16);
#else
    return (int32_t)(((int64_t)a * b + ((int64_t)1 << 31)) >> 32);
#endif
}

/* sum + eg_multiply_high(a, b). */
static EG_ALWAYS_INLINE int32_t eg_add_multiply_high(int32_t sum, int32_t a, int32_t b) {
#if EG_VARIANTS && EG_CORTEX_M && defined(__ARM_FEATURE_DSP)
    __asm__("smmlar %0, %1, %2, %0" : "+r"(sum) : "r"(a), "r"(b));
    return sum;
#else
    return sum + eg_multiply_high(a, b);
#endif
}

/* Bits needed to write `value`; 0 for 0. */
static inline int32_t eg_bit_length(uint32_t value) {
#ifdef __GNUC__
    return value == 0 ? 0 : 32 - __builtin_clz(value);
#else
    int32_t bits = 0;
    for (; value != 0; value >>= 1) {
        bits++;
    }
    return bits;
#endif
}

/* The bits of a value that say how wide it is: OR them over many values, then eg_bit_length. */
static inline uint32_t eg_magnitude(int32_t value) {
    return (uint32_t)(value ^ (value >> 31));
}

/* dividend / divisor, below 2**32, by shifting and subtracting: no division of 64 bits from a library. */
static inline uint32_t eg_divide(uint64_t dividend, uint32_t divisor) {
    uint64_t remainder = 0;
    uint32_t quotient = 0;
    for (int bit = 63; bit >= 0; bit--) {
        remainder = remainder << 1 | (dividend >> bit & 1);
        quotient <<= 1;
        if (remainder >= divisor) {
            remainder -= divisor;
            quotient |= 1;
        }
    }
    return quotient;
}

/* value * 2**shift for any int32 whose result fits. */
static inline int32_t eg_shift_left(int32_t value, int32_t shift) {
    return (int32_t)((uint32_t)value << shift);
}

#endif
