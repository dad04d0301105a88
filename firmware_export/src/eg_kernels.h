/* The kernels. Each is described in its own file; the rows they write are [frequency_out][channels_out]. */
#ifndef EG_KERNELS_H
#define EG_KERNELS_H

#include "eg_layers.h"

/* columns [positions][column_stride] times the layer's weights. packed: the weights again, see eg_pack.h. scratch:
 * 12 * weight_stride bytes for the DSP kernel where there are three positions or more, else unused. */
void eg_matmul(const eg_layer_t *layer, const int8_t *packed, const int8_t *columns, uint32_t column_stride,
               uint32_t positions, int8_t *out, uint32_t *scratch);

/* The columns of a window that lie inside the row: from `begin` to `end` of the window's own, the first of them at
 * `column` of the row. There is always one. */
typedef struct {
    uint32_t begin, end, column;
} eg_window_t;

static inline eg_window_t eg_window(const eg_layer_t *layer, uint32_t position) {
    const uint32_t place = position * layer->stride_frequency, left = layer->left;
    const uint32_t room = layer->frequency_in + left - place;
    return (eg_window_t){
        .begin = place < left ? left - place : 0,
        .end = room < layer->kernel_frequency ? room : layer->kernel_frequency,
        .column = place < left ? 0 : place - left,
    };
}

/* Copies the windows of one output row next to each other: columns [frequency_out][weight_stride]. */
void eg_gather(const eg_layer_t *layer, const eg_value_t *ring, uint32_t oldest, eg_value_t *columns);

void eg_depthwise(const eg_layer_t *layer, const int8_t *ring, uint32_t oldest, int8_t *out);

void eg_depthwise_3x3(const eg_layer_t *layer, const int8_t *packed, const int8_t *ring, uint32_t oldest, int8_t *out);

void eg_max_pool(const eg_layer_t *layer, const int8_t *ring, int8_t *out);

#if EG_WIDE

/* The same with int16 rows: one channel lies next to the other. scratch: unused where there is one position. */
void eg_matmul_wide(const eg_layer_t *layer, const eg_value_t *columns, uint32_t column_stride, uint32_t positions,
                    eg_value_t *out, uint32_t *scratch);

/* With sums of 64 bits. */
void eg_matmul_long(const eg_layer_t *layer, const eg_value_t *columns, uint32_t column_stride, uint32_t positions,
                    eg_value_t *out);

/* Whether the sums of `layer` need 64 bits: see eg_requantize_wide.h. */
static inline int eg_long_sums(const eg_layer_t *layer) {
    return layer->shifts != 0;
}

void eg_depthwise_wide(const eg_layer_t *layer, const eg_value_t *ring, uint32_t oldest, eg_value_t *out);
void eg_depthwise_3x3_wide(const eg_layer_t *layer, const eg_value_t *ring, uint32_t oldest, eg_value_t *out);

#endif

EG_FAST(eg_gather)
#if EG_WIDE
EG_FAST(eg_matmul_wide)
EG_FAST(eg_depthwise_wide)
EG_FAST(eg_depthwise_3x3_wide)
#else
EG_FAST(eg_matmul)
EG_FAST(eg_depthwise)
EG_FAST(eg_depthwise_3x3)
#endif

#endif
