/* From an accumulator to an int16 output. There is one arithmetic, whatever the build chose for int8 layers.
 *
 * shifts  NULL where the exporter has proven that every sum stays below 2**31 and every shift lies in 16 to 32: then
 *         sums are of 32 bits and the multiplier is shifted left so that the rounded high word is the result. Else sums
 *         are of 64 bits, below 2**45, and the multiplier has 15 bits
 *
 * Equals edgegenre.integer.int16.requantize and the clamp to [256 low, 32767], to the bit.
 */
#ifndef EG_REQUANTIZE_WIDE_H
#define EG_REQUANTIZE_WIDE_H

#include "eg_fixed_point.h"
#include "eg_layers.h"

#if EG_WIDE

static inline int16_t eg_requantize_wide(const eg_layer_t *layer, uint32_t channel, int32_t accumulator) {
    int32_t value = eg_multiply_high(accumulator, layer->multipliers[channel]);
    value = value < 256 * layer->low ? 256 * layer->low : value;
    return (int16_t)(value > INT16_MAX ? INT16_MAX : value);
}

static inline int16_t eg_requantize_long(const eg_layer_t *layer, uint32_t channel, int64_t accumulator) {
    const uint32_t shift = layer->shifts[channel];
    int64_t value = (accumulator * layer->multipliers[channel] + ((int64_t)1 << (shift - 1))) >> shift;
    value = value < 256 * layer->low ? 256 * layer->low : value;
    return (int16_t)(value > INT16_MAX ? INT16_MAX : value);
}

#endif

#endif
