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

/* One row of one window: `kernel_frequency` columns from `first` on, which may lie outside. */
static void gather_row(const eg_layer_t *layer, const eg_value_t *row, int32_t first, eg_value_t *out) {
    const uint32_t channels = layer->channels_in;
    if (first >= 0 && first + (int32_t)layer->kernel_frequency <= (int32_t)layer->frequency_in) {
        memcpy(out, row + (uint32_t)first * channels, layer->kernel_frequency * channels * sizeof *out);
        return;
    }
    int32_t begin = first < 0 ? 0 : first, end = first + (int32_t)layer->kernel_frequency;
    end = end > (int32_t)layer->frequency_in ? (int32_t)layer->frequency_in : end;
    end = end < begin ? begin : end;
    const uint32_t before = (uint32_t)(begin - first) * channels, inside = (uint32_t)(end - begin) * channels;
    const uint32_t after = layer->kernel_frequency * channels - before - inside;
    memset(out, layer->zero_in, before * sizeof *out); /* int16 rows have no zero point but 0 */
    memcpy(out + before, row + (uint32_t)begin * channels, inside * sizeof *out);
    memset(out + before + inside, layer->zero_in, after * sizeof *out);
}

void eg_gather(const eg_layer_t *layer, const eg_value_t *ring, uint32_t oldest, eg_value_t *columns) {
    const uint32_t row_values = (uint32_t)layer->frequency_in * layer->channels_in;
    const uint32_t piece = (uint32_t)layer->kernel_frequency * layer->channels_in;
    for (uint32_t p = 0; p < layer->frequency_out; p++) {
        const int32_t first = (int32_t)(p * layer->stride_frequency) - (int32_t)layer->left;
        eg_value_t *out = columns + p * layer->weight_stride;
        uint32_t slot = oldest;
        for (uint32_t t = 0; t < layer->kernel_time; t++, out += piece) {
            gather_row(layer, ring + slot * row_values, first, out);
            slot = slot + 1 == layer->kernel_time ? 0 : slot + 1;
        }
    }
}
