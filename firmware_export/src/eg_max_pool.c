/* The largest value of each window of a row and channel. The rows of a window may come in any order.
 *
 * ring  int8 [kernel_time rows][frequency_in][channels_in]
 * out   int8 [frequency_out][channels_in]
 *
 * Equals _largest of edgegenre.integer.rows to the bit.
 */
#include "eg_kernels.h"

void eg_max_pool(const eg_layer_t *layer, const int8_t *ring, int8_t *out) {
    const uint32_t channels = layer->channels_in, row_values = layer->frequency_in * channels;
    const uint32_t window = layer->kernel_frequency * channels;
    for (uint32_t place = 0; place < layer->frequency_out * window; place += window) {
        for (uint32_t channel = 0; channel < channels; channel++) {
            const int8_t *row = ring + place + channel;
            int8_t largest = *row;
            for (uint32_t t = 0; t < layer->kernel_time; t++, row += row_values) {
                for (uint32_t i = 0; i < window; i += channels) {
                    largest = row[i] > largest ? row[i] : largest;
                }
            }
            *out++ = largest;
        }
    }
}
