/* Depthwise convolution 3 x 3, stride 1, one column of padding on either side: the layer of every DS-CNN.
 *
 * ring     int8 [3 rows][frequency][channels]; `oldest` is the slot of the window's first row
 * weights  int8 [3][3][channels], in [-127, 127]
 * bias     int32 [channels], the input's zero point folded in over the whole kernel
 * out      int8 [frequency][channels], clamped to [low, 127]
 *
 * Equals edgegenre.integer.rows.windowed to the bit. One channel at a time along frequency: each input column is loaded
 * once and takes part in the three outputs around it.
 */
#include "eg_kernels.h"
#include "eg_requantize.h"

#if EG_PORTABLE_DEPTHWISE

void eg_depthwise_3x3(const eg_layer_t *layer, const int8_t *packed, const int8_t *ring, uint32_t oldest, int8_t *out) {
    (void)packed;
    const uint32_t channels = layer->channels_in, columns = layer->frequency_in, row_bytes = channels * columns;
    const int8_t *rows[3];
    for (uint32_t t = 0; t < 3; t++) {
        rows[t] = ring + (oldest + t < 3 ? oldest + t : oldest + t - 3) * row_bytes;
    }
    for (uint32_t channel = 0; channel < channels; channel++) {
        const int8_t *w = layer->weights + channel, *x0 = rows[0] + channel, *x1 = rows[1] + channel,
                     *x2 = rows[2] + channel;
        const int32_t a0 = w[0], a1 = w[channels], a2 = w[2 * channels];
        const int32_t b0 = w[3 * channels], b1 = w[4 * channels], b2 = w[5 * channels];
        const int32_t c0 = w[6 * channels], c1 = w[7 * channels], c2 = w[8 * channels];
        const int32_t bias = layer->bias[channel];
        int8_t *y = out + channel;
        /* `finished` lacks only its right column, `current` its middle and right ones. */
        int32_t finished = 0, current = bias + layer->zero_in * (a0 + b0 + c0);
        for (uint32_t column = 0; column < columns; column++) {
            const int32_t p = *x0, q = *x1, r = *x2;
            x0 += channels, x1 += channels, x2 += channels;
            if (column > 0) {
                *y = eg_requantize(layer, channel, finished + a2 * p + b2 * q + c2 * r);
                y += channels;
            }
            finished = current + a1 * p + b1 * q + c1 * r;
            current = bias + a0 * p + b0 * q + c0 * r;
        }
        *y = eg_requantize(layer, channel, finished + layer->zero_in * (a2 + b2 + c2));
    }
}

#endif
