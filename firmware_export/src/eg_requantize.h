/* From an int32 accumulator to an int8 output, in the arithmetic of the build.
 *
 * accumulator  |value| < 2**30, proven by the exporter for every input
 *
 * Equals edgegenre.integer.requantize.requantize_float32 / requantize_q31 with zero point and clamp, to the bit.
 */
#ifndef EG_REQUANTIZE_H
#define EG_REQUANTIZE_H

#include "eg_fixed_point.h"
#include "eg_layers.h"

static inline int8_t eg_clamp(int32_t value, int32_t low) {
    value = value < low ? low : value;
    return (int8_t)(value > 127 ? 127 : value);
}

#ifdef EG_ARITHMETIC_Q31

/* accumulator * multiplier * 2**-(31 + shift), first half up, then half away from zero; shift >= 1. The rounding away
 * from zero is "add half, less one for negative values, and shift". >> of negative values is arithmetic in every
 * compiler this is built with. */
static inline int32_t eg_requantize_q31(int32_t accumulator, int32_t multiplier, uint32_t shift) {
    int32_t high = eg_multiply_high(2 * accumulator, multiplier);
    return (high + ((int32_t)1 << (shift - 1)) + (high >> 31)) >> shift;
}

/* Whether this build computes as promised; integers do. */
static inline int eg_requantizes_exactly(void) {
    return 1;
}

static inline int8_t eg_requantize(const eg_layer_t *layer, uint32_t channel, int32_t accumulator) {
    int32_t value = eg_requantize_q31(accumulator, layer->multipliers[channel], layer->shifts[channel]);
    return eg_clamp(value + layer->zero_out, layer->low);
}

#else

/* rint(value), half to even, of |value| < 2**22 without a library: beyond 1.5 * 2**23 a float has no fraction bits.
 * Larger ones, up to 2**30, may come out some steps off; they end at the limits of int8 either way. Those of a layer
 * are below 2**29, as its scales are below 1/2 (the exporter proves shifts of 1 and more); those of a mean below 2**15,
 * as its input's scale is at most 128 times its output's (IntegerNetwork proves it). */
static inline int32_t eg_round(float value) {
    const float fractionless = 12582912.0f;
    value += fractionless;
    return (int32_t)(value - fractionless);
}

/* Whether this build computes as promised. 25 * 0.1f is a little more than 2.5 and rounds to it, which rounds to 2: not
 * so where the product is contracted with the sum in eg_round, or where rounding is not to nearest even. */
static inline int eg_requantizes_exactly(void) {
    const volatile int32_t accumulator = 25;
    const volatile float scale = 0.1f;
    return eg_round((float)accumulator * scale) == 2;
}

static inline int8_t eg_requantize(const eg_layer_t *layer, uint32_t channel, int32_t accumulator) {
    return eg_clamp(eg_round((float)accumulator * layer->scales[channel]) + layer->zero_out, layer->low);
}

#endif

#endif
