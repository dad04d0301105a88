/* eg_depthwise_3x3 with MVE, for Cortex-M55 and M85: layouts and result as in eg_depthwise_3x3.c, to the bit.
 *
 * Four channels at a time along frequency: each input column takes part in the three outputs around it.
 */
#include "eg_kernels.h"

#if EG_MVE

#include "eg_mve.h"

/* sum + the products of one input column with one column of weights, along time. */
static EG_ALWAYS_INLINE int32x4_t add_column(int32x4_t sum, const int32x4_t x[3], int32x4_t w0, int32x4_t w1,
                                             int32x4_t w2) {
    sum = vaddq_s32(sum, vmulq_s32(x[0], w0));
    sum = vaddq_s32(sum, vmulq_s32(x[1], w1));
    return vaddq_s32(sum, vmulq_s32(x[2], w2));
}

static void four_channels(const eg_layer_t *layer, const int8_t *const rows[3], uint32_t channel, int8_t *out) {
    const uint32_t channels = layer->channels_in;
    const mve_pred16_t active = vctp32q(channels - channel);
    int32x4_t w[9], x[3];
    for (uint32_t i = 0; i < 9; i++) {
        w[i] = vldrbq_z_s32(layer->weights + i * channels + channel, active);
    }
    const int32x4_t bias = vldrwq_z_s32(layer->bias + channel, active);
    const int32x4_t zero[3] = {vdupq_n_s32(layer->zero_in), vdupq_n_s32(layer->zero_in), vdupq_n_s32(layer->zero_in)};
    /* `finished` lacks only its right column, `current` its middle and right ones. */
    int32x4_t finished = bias, current = add_column(bias, zero, w[0], w[3], w[6]);
    out += channel;
    for (uint32_t column = 0; column < layer->frequency_in; column++) {
        for (uint32_t t = 0; t < 3; t++) {
            x[t] = vldrbq_z_s32(rows[t] + column * channels + channel, active);
        }
        if (column > 0) {
            eg_requantize_4(layer, channel, add_column(finished, x, w[2], w[5], w[8]), active, out);
            out += channels;
        }
        finished = add_column(current, x, w[1], w[4], w[7]);
        current = add_column(bias, x, w[0], w[3], w[6]);
    }
    eg_requantize_4(layer, channel, add_column(finished, zero, w[2], w[5], w[8]), active, out);
}

void eg_depthwise_3x3(const eg_layer_t *layer, const int8_t *packed, const int8_t *ring, uint32_t oldest, int8_t *out) {
    (void)packed;
    const uint32_t row_bytes = (uint32_t)layer->channels_in * layer->frequency_in;
    const int8_t *rows[3];
    for (uint32_t t = 0; t < 3; t++) {
        rows[t] = ring + (oldest + t < 3 ? oldest + t : oldest + t - 3) * row_bytes;
    }
    for (uint32_t channel = 0; channel < layer->channels_in; channel += 4) {
        four_channels(layer, rows, channel, out);
    }
}

#endif
