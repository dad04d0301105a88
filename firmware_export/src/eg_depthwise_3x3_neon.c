/* eg_depthwise_3x3 with NEON, for Armv7-A and AArch64: layouts and result as in eg_depthwise_3x3.c, to the bit.
 *
 * Eight channels at a time along frequency: each input column takes part in the three outputs around it.
 */
#include "eg_kernels.h"

#if EG_NEON

#include "eg_neon.h"

enum { LANES = 8 };

typedef struct {
    int32x4_t low, high;
} sums_t;

/* sum + the products of one input column with one column of weights, along time. */
static inline sums_t add_column(sums_t sum, const int8x8_t x[3], const int8x8_t w[9], uint32_t column) {
    for (uint32_t t = 0; t < 3; t++) {
        const int16x8_t products = vmull_s8(x[t], w[3 * t + column]);
        sum.low = vaddw_s16(sum.low, vget_low_s16(products));
        sum.high = vaddw_s16(sum.high, vget_high_s16(products));
    }
    return sum;
}

static inline int8x8_t load(const int8_t *place, uint32_t count) {
    if (count == LANES) {
        return vld1_s8(place);
    }
    int8_t values[LANES] = {0};
    memcpy(values, place, count);
    return vld1_s8(values);
}

static inline sums_t bias_of(const eg_layer_t *layer, uint32_t channel, uint32_t count) {
    int32_t values[LANES] = {0};
    memcpy(values, layer->bias + channel, count * sizeof values[0]);
    return (sums_t){vld1q_s32(values), vld1q_s32(values + 4)};
}

static inline void store(const eg_layer_t *layer, const eg_four_t four[2], sums_t sums, int8_t *out) {
    eg_requantize_4(layer, four[0], sums.low, out);
    if (four[1].count > 0) {
        eg_requantize_4(layer, four[1], sums.high, out + 4);
    }
}

/* `count` of eight channels; a constant where this is inlined. */
static EG_ALWAYS_INLINE void channels_of(const eg_layer_t *layer, const int8_t *const rows[3], uint32_t channel,
                                         uint32_t count, int8_t *out) {
    const uint32_t channels = layer->channels_in;
    int8x8_t w[9], x[3];
    for (uint32_t i = 0; i < 9; i++) {
        w[i] = load(layer->weights + i * channels + channel, count);
    }
    const uint32_t first = count < 4 ? count : 4;
    const eg_four_t four[2] = {eg_four(layer, channel, first), eg_four(layer, channel + 4, count - first)};
    const sums_t bias = bias_of(layer, channel, count);
    const int8x8_t zero[3] = {vdup_n_s8(layer->zero_in), vdup_n_s8(layer->zero_in), vdup_n_s8(layer->zero_in)};
    /* `finished` lacks only its right column, `current` its middle and right ones. */
    sums_t finished = bias, current = add_column(bias, zero, w, 0);
    out += channel;
    for (uint32_t column = 0; column < layer->frequency_in; column++) {
        for (uint32_t t = 0; t < 3; t++) {
            x[t] = load(rows[t] + column * channels + channel, count);
        }
        if (column > 0) {
            store(layer, four, add_column(finished, x, w, 2), out);
            out += channels;
        }
        finished = add_column(current, x, w, 1);
        current = add_column(bias, x, w, 0);
    }
    store(layer, four, add_column(finished, zero, w, 2), out);
}

void eg_depthwise_3x3(const eg_layer_t *layer, const int8_t *packed, const int8_t *ring, uint32_t oldest, int8_t *out) {
    (void)packed;
    const uint32_t channels = layer->channels_in, row_bytes = channels * layer->frequency_in;
    const int8_t *rows[3];
    for (uint32_t t = 0; t < 3; t++) {
        rows[t] = ring + (oldest + t < 3 ? oldest + t : oldest + t - 3) * row_bytes;
    }
    uint32_t channel = 0;
    for (; channel + LANES <= channels; channel += LANES) {
        channels_of(layer, rows, channel, LANES, out);
    }
    if (channel < channels) {
        channels_of(layer, rows, channel, channels - channel, out);
    }
}

#endif
