/* The int16 arithmetic of recurrent layers: edgegenre.integer.int16, to the bit.
 *
 * Accumulators and multipliers are odd, so requantizing never rounds a value half way between two results. Gates and
 * states are int16 at 2**-15. >> of negative values is arithmetic in every compiler this is built with.
 */
#ifndef EG_GATES_H
#define EG_GATES_H

#include "eg_fixed_point.h"
#include "eg_layers.h"

static inline int32_t eg_saturate16(int32_t value) {
#if EG_VARIANTS && defined(__ARM_FEATURE_SAT)
    int32_t saturated;
    __asm__("ssat %0, #16, %1" : "=r"(saturated) : "r"(value));
    return saturated;
#else
    value = value < INT16_MIN ? INT16_MIN : value;
    return value > INT16_MAX ? INT16_MAX : value;
#endif
}

/* accumulator: odd, |value| < 2**30. multiplier: odd, shifted left so that the result is the high word. */
static inline int32_t eg_requantize16(int32_t accumulator, int32_t multiplier) {
    return eg_saturate16(eg_multiply_high(accumulator, multiplier));
}

/* a * b * 2**-shift, rounded first to 2**-1 half up, then half away from zero. a: 0 to 32767, shift: 15 and more, so
 * nothing saturates. */
static inline int32_t eg_product(int32_t a, int32_t b, int32_t shift) {
    const int32_t half = (a * b + 1) >> 1;
    return (half + (1 << (shift - 2)) + (half >> 31)) >> (shift - 1);
}

/* A state as the matrix products and the layers behind take it: int8 at 2**-7. */
static inline int32_t eg_state_to_int8(int32_t state) {
    const int32_t half = (state + 1) >> 1, value = (half + 64 + (half >> 31)) >> 7;
    return value > INT8_MAX ? INT8_MAX : value;
}

/* What enters a gate, in steps of the sigmoid's table times 512; |multiplier * value| + rounding < 2**31. */
static inline int32_t eg_table_steps(const eg_lookup_t *lookup, int32_t value) {
    return (value * lookup->multiplier + lookup->rounding) >> lookup->shift;
}

/* Between entries magnitude >> bits and the next; below 2**25. */
static inline int32_t eg_interpolate(uint32_t magnitude, uint32_t bits) {
    const uint16_t *entry = eg_sigmoid_table + (magnitude >> bits);
    const int32_t fraction = (int32_t)(magnitude & ((1u << bits) - 1));
    return (int32_t)((uint32_t)entry[0] << bits) + fraction * (entry[1] - entry[0]);
}

/* int16 before the gate to int16 at 2**-15, 1 to 32767. */
static inline int32_t eg_sigmoid(const eg_lookup_t *lookup, int32_t value) {
    const int32_t steps = eg_table_steps(lookup, value);
    const uint32_t magnitude = (uint32_t)(steps < 0 ? -steps : steps);
    const int32_t sum = magnitude >= 255u << 9 ? INT16_MAX << 10 : eg_interpolate(magnitude, 9);
    return (steps >= 0 ? sum + 512 : (1 << 25) - sum + 511) >> 10;
}

/* int16 before the gate to int16 at 2**-15, by tanh(x) = 2 sigmoid(2 x) - 1. */
static inline int32_t eg_tanh(const eg_lookup_t *lookup, int32_t value) {
    const int32_t steps = eg_table_steps(lookup, value);
    const uint32_t magnitude = (uint32_t)(steps < 0 ? -steps : steps);
    const int32_t sum = (magnitude >= 255u << 8 ? 0xFFFF << 8 : eg_interpolate(magnitude, 8)) - (1 << 23);
    return (steps >= 0 ? sum + 128 : 127 - sum) >> 8;
}

#endif
