/* Depthwise convolution 3 x 3 of int16 rows, stride 1, one column of padding on either side: as eg_depthwise_3x3.c.
 *
 * ring, weights, bias, out: as in eg_depthwise_wide.c, which takes the layers whose sums need 64 bits. Taps outside the
 * row are zero. Equals edgegenre.integer.rows.windowed of int16 layers to the bit.
 */
#include "eg_kernels.h"
#include "eg_requantize_wide.h"

#if EG_WIDE

static void one_channel(const eg_layer_t *layer, const eg_value_t *const rows[3], uint32_t channel, eg_value_t *out) {
    const uint32_t channels = layer->channels_in;
    const int8_t *w = layer->weights + channel;
    const eg_value_t *x0 = rows[0] + channel, *x1 = rows[1] + channel, *x2 = rows[2] + channel;
    const int32_t a0 = w[0], a1 = w[channels], a2 = w[2 * channels];
    const int32_t b0 = w[3 * channels], b1 = w[4 * channels], b2 = w[5 * channels];
    const int32_t c0 = w[6 * channels], c1 = w[7 * channels], c2 = w[8 * channels];
    const int32_t bias = layer->bias[channel];
    /* `finished` lacks only its right column, `current` its middle and right ones. */
    int32_t finished = 0, current = bias;
    for (uint32_t column = 0; column < layer->frequency_in; column++) {
        const int32_t p = *x0, q = *x1, r = *x2;
        x0 += channels, x1 += channels, x2 += channels;
        if (column > 0) {
            *out = eg_requantize_wide(layer, channel, finished + a2 * p + b2 * q + c2 * r);
            out += channels;
        }
        finished = current + a1 * p + b1 * q + c1 * r;
        current = bias + a0 * p + b0 * q + c0 * r;
    }
    *out = eg_requantize_wide(layer, channel, finished);
}

void eg_depthwise_3x3_wide(const eg_layer_t *layer, const eg_value_t *ring, uint32_t oldest, eg_value_t *out) {
    const uint32_t row_values = (uint32_t)layer->channels_in * layer->frequency_in;
    const eg_value_t *rows[3];
    for (uint32_t t = 0; t < 3; t++) {
        rows[t] = ring + (oldest + t < 3 ? oldest + t : oldest + t - 3) * row_values;
    }
    for (uint32_t channel = 0; channel < layer->channels_in; channel++) {
        one_channel(layer, rows, channel, out + channel);
    }
}

#endif
