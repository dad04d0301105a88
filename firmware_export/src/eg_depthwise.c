/* Depthwise convolution of any kernel, stride and padding; average pools are one with equal weights.
 *
 * ring     int8 [kernel_time rows][frequency_in][channels]; `oldest` is the slot of the window's first row
 * weights  int8 [kernel_time][kernel_frequency][channels], in [-127, 127]
 * bias     int32 [channels], the input's zero point folded in over the whole kernel
 * out      int8 [frequency_out][channels], clamped to [low, 127]
 *
 * Equals edgegenre.integer.rows.windowed to the bit.
 */
#include "eg_kernels.h"
#include "eg_requantize.h"

/* Channels at a time: as many as vectors hold, so that compilers use them. */
enum { LANES = EG_MVE || EG_NEON || EG_AVX ? 16 : 1 };

/* Columns outside the row are zero_in. Returns the weights behind theirs. */
static EG_ALWAYS_INLINE const int8_t *add_border(const eg_layer_t *layer, const int8_t *w, uint32_t columns,
                                                 uint32_t count, int32_t sums[LANES]) {
    for (; columns > 0; columns--, w += layer->channels_in) {
        for (uint32_t i = 0; i < count; i++) {
            sums[i] += w[i] * layer->zero_in;
        }
    }
    return w;
}

/* One position of `count` channels, a constant where this is inlined. */
static EG_ALWAYS_INLINE void channels_of(const eg_layer_t *layer, uint32_t channel, uint32_t count, const int8_t *ring,
                                         uint32_t oldest, eg_window_t window, int8_t *out) {
    const uint32_t channels = layer->channels_in, row_bytes = channels * layer->frequency_in;
    const int8_t *w = layer->weights + channel, *ring_end = ring + layer->kernel_time * row_bytes;
    const int8_t *row = ring + oldest * row_bytes + window.column * channels + channel;
    int32_t sums[LANES];
    for (uint32_t i = 0; i < count; i++) {
        sums[i] = layer->bias[channel + i];
    }
    for (uint32_t t = 0; t < layer->kernel_time; t++) {
        const int8_t *x = row;
        w = add_border(layer, w, window.begin, count, sums);
        for (uint32_t f = window.begin; f < window.end; f++, x += channels, w += channels) {
            for (uint32_t i = 0; i < count; i++) {
                sums[i] += w[i] * x[i];
            }
        }
        w = add_border(layer, w, layer->kernel_frequency - window.end, count, sums);
        row += row_bytes;
        row = row < ring_end ? row : row - layer->kernel_time * row_bytes;
    }
    for (uint32_t i = 0; i < count; i++) {
        out[i] = eg_requantize(layer, channel + i, sums[i]);
    }
}

void eg_depthwise(const eg_layer_t *layer, const int8_t *ring, uint32_t oldest, int8_t *out) {
    const uint32_t channels = layer->channels_in;
    for (uint32_t p = 0; p < layer->frequency_out; p++) {
        const eg_window_t window = eg_window(layer, p);
        uint32_t channel = 0;
        for (; channel + LANES <= channels; channel += LANES, out += LANES) {
            channels_of(layer, channel, LANES, ring, oldest, window, out);
        }
        for (; channel < channels; channel++, out++) {
            channels_of(layer, channel, 1, ring, oldest, window, out);
        }
    }
}
