/* Depthwise convolution of any kernel, stride and padding; average pools are one with equal weights.
 *
 * ring     int8 [kernel_time rows][frequency_in][channels]; `oldest` is the slot of the window's first row
 * weights  int8 [kernel_time][kernel_frequency][channels], in [-127, 127]
 * bias     int32 [channels], the input's zero point folded in over the whole kernel
 * out      int8 [frequency_out][channels], `step` bytes from channel to channel, clamped to [low, 127]
 *
 * Equals edgegenre.integer.rows.windowed to the bit.
 */
#include "eg_kernels.h"
#include "eg_requantize.h"

/* The sum of products of one channel at one position; `first` is the window's first column, which may lie outside. */
static int32_t window_sum(const eg_layer_t *layer, const int8_t *ring, uint32_t oldest, int32_t first,
                          uint32_t channel) {
    const uint32_t channels = layer->channels_in, row_bytes = channels * layer->frequency_in;
    const int8_t *w = layer->weights + channel;
    int32_t sum = layer->bias[channel];
    uint32_t slot = oldest;
    for (uint32_t t = 0; t < layer->kernel_time; t++) {
        const int8_t *row = ring + slot * row_bytes + channel;
        for (int32_t f = first; f < first + (int32_t)layer->kernel_frequency; f++, w += channels) {
            const int inside = f >= 0 && f < (int32_t)layer->frequency_in;
            sum += *w * (inside ? row[(uint32_t)f * channels] : layer->zero_in);
        }
        slot = slot + 1 == layer->kernel_time ? 0 : slot + 1;
    }
    return sum;
}

void eg_depthwise(const eg_layer_t *layer, const int8_t *ring, uint32_t oldest, int8_t *out, uint32_t step) {
    for (uint32_t p = 0; p < layer->frequency_out; p++) {
        const int32_t first = (int32_t)(p * layer->stride_frequency) - (int32_t)layer->left;
        for (uint32_t channel = 0; channel < layer->channels_in; channel++, out += step) {
            *out = eg_requantize(layer, channel, window_sum(layer, ring, oldest, first, channel));
        }
    }
}
