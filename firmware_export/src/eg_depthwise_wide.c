/* Depthwise convolution of int16 rows and int8 weights, any kernel, stride and padding; average pools too.
 *
 * ring     int16 [kernel_time rows][frequency_in][channels]; `oldest` is the slot of the window's first row
 * weights  int8 [kernel_time][kernel_frequency][channels], in [-127, 127]
 * bias     int32 [channels]
 * out      int16 [frequency_out][channels], clamped to [256 low, 32767]
 *
 * Taps outside the row are zero, as an int16 tensor has no zero point. Equals edgegenre.integer.rows.windowed of int16
 * layers to the bit.
 */
#include "eg_kernels.h"
#include "eg_requantize_wide.h"

#if EG_WIDE

/* Defines a function that sums the products of one channel at one position in `sum_t`. */
#define WINDOW_SUM(name, sum_t)                                                                                        \
    static inline sum_t name(const eg_layer_t *layer, const eg_value_t *ring, uint32_t oldest, eg_window_t window,     \
                             uint32_t channel) {                                                                       \
        const uint32_t channels = layer->channels_in, row_values = channels * layer->frequency_in;                     \
        sum_t sum = layer->bias[channel];                                                                              \
        uint32_t slot = oldest;                                                                                        \
        for (uint32_t t = 0; t < layer->kernel_time; t++) {                                                            \
            const uint32_t tap = t * layer->kernel_frequency + window.begin;                                           \
            const eg_value_t *x = ring + slot * row_values + window.column * channels + channel;                       \
            const int8_t *w = layer->weights + tap * channels + channel;                                               \
            for (uint32_t f = window.begin; f < window.end; f++, x += channels, w += channels) {                       \
                sum += *w * *x;                                                                                        \
            }                                                                                                          \
            slot = slot + 1 == layer->kernel_time ? 0 : slot + 1;                                                      \
        }                                                                                                              \
        return sum;                                                                                                    \
    }

WINDOW_SUM(window_sum, int32_t)
WINDOW_SUM(long_window_sum, int64_t)

void eg_depthwise_wide(const eg_layer_t *layer, const eg_value_t *ring, uint32_t oldest, eg_value_t *out) {
    for (uint32_t p = 0; p < layer->frequency_out; p++) {
        const eg_window_t window = eg_window(layer, p);
        for (uint32_t channel = 0; channel < layer->channels_in; channel++) {
            *out++ = eg_long_sums(layer)
                         ? eg_requantize_long(layer, channel, long_window_sum(layer, ring, oldest, window, channel))
                         : eg_requantize_wide(layer, channel, window_sum(layer, ring, oldest, window, channel));
        }
    }
}

#endif
