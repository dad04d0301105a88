/* The windows of one output row of a convolution, copied next to each other for eg_matmul.
 *
 * ring     int8 or int16 [kernel_time rows][frequency_in][channels_in]; `oldest` is the slot of the window's first row
 * columns  [frequency_out][weight_stride]: [kernel_time][kernel_frequency][channels_in], then anything up
 *           to weight_stride
 *
 * Columns outside the row are the input's zero point. Equals the windows of edgegenre.integer.rows.windowed.
 */
#include <string.h>

#include "eg_kernels.h"

/* One row of a window; `row`: its first column inside. */
static void gather_row(const eg_layer_t *layer, eg_window_t window, const eg_value_t *row, eg_value_t *out) {
    const uint32_t channels = layer->channels_in, before = window.begin * channels;
    const uint32_t inside = (window.end - window.begin) * channels;
    const uint32_t after = (layer->kernel_frequency - window.end) * channels;
    memset(out, layer->zero_in, before * sizeof *out); /* int16 rows have no zero point but 0 */
    memcpy(out + before, row, inside * sizeof *out);
    memset(out + before + inside, layer->zero_in, after * sizeof *out);
}

void eg_gather(const eg_layer_t *layer, const eg_value_t *ring, uint32_t oldest, eg_value_t *columns) {
    const uint32_t row_values = (uint32_t)layer->frequency_in * layer->channels_in;
    const uint32_t piece = (uint32_t)layer->kernel_frequency * layer->channels_in;
    for (uint32_t p = 0; p < layer->frequency_out; p++) {
        const eg_window_t window = eg_window(layer, p);
        const int whole = window.end - window.begin == layer->kernel_frequency;
        const eg_value_t *first = ring + window.column * layer->channels_in;
        eg_value_t *out = columns + p * layer->weight_stride;
        uint32_t slot = oldest;
        for (uint32_t t = 0; t < layer->kernel_time; t++, out += piece) {
            const eg_value_t *row = first + slot * row_values;
            if (whole) {
                memcpy(out, row, piece * sizeof *out);
            } else {
                gather_row(layer, window, row, out);
            }
            slot = slot + 1 == layer->kernel_time ? 0 : slot + 1;
        }
    }
}
