/* The stream: rows walk through the layers, the deepest layer that can compute a row goes first.
 *
 * Every layer keeps the last rows of its input in a ring whose unused slots hold the zero point; that is the padding
 * before the first row. `missing` counts down to the next output row, so nothing grows with time. After the last row of
 * a window each layer takes its padding behind it as if rows of zero point arrived, and begins the next window as soon as
 * it has given the last row of this one. Because the deepest layer goes first, a row is used before its slot is written
 * again, and so the rows of two windows never meet.
 *
 * The front end does not wait for the network: it works whenever the first layer has room for a row and no row lies in
 * the work space. So audio is taken between the slices of a row, and between those of a window's last rows.
 *
 * A window equals edgegenre.integer.streaming.IntegerStream to the bit.
 */
#include <string.h>

#include "edgegenre.h"
#include "eg_frontend.h"
#include "eg_head.h"
#include "eg_kernels.h"
#include "eg_pack.h"
#include "eg_requantize.h"
#include "eg_trace.h"

static int8_t *memory(eg_context *context) {
    return (int8_t *)context->memory;
}

static uint32_t row_values(const eg_layer_t *layer) {
    return (uint32_t)layer->frequency_in * layer->channels_in;
}

/* The input ring of `layer`. */
static eg_value_t *ring_of(eg_context *context, const eg_layer_t *layer) {
    return (eg_value_t *)(void *)(memory(context) + layer->input);
}

/* Where the next input row of layer `index` goes. */
static eg_value_t *next_row(eg_context *context, uint32_t index) {
    const eg_layer_t *layer = &eg_row_layers[index];
    const uint32_t slot = context->stages[index].slot;
    return ring_of(context, layer) + slot * row_values(layer);
}

/* The row that next_row gave is in place. */
static void arrived(eg_context *context, uint32_t index) {
    eg_stage_t *stage = &context->stages[index];
    stage->slot = (uint16_t)(stage->slot + 1u == eg_row_layers[index].kernel_time ? 0 : stage->slot + 1u);
    stage->missing--;
}

static void input_row_arrived(eg_context *context, uint32_t index) {
    arrived(context, index);
    if (context->mode == EG_CLIP) {
        context->stages[index].rows_left--;
    }
}

static void padding_row_arrives(eg_context *context, uint32_t index) {
    const eg_layer_t *layer = &eg_row_layers[index];
    eg_value_t *row = next_row(context, index);
    const uint32_t values = row_values(layer);
    for (uint32_t i = 0; i < values; i++) {
        row[i] = layer->zero_in;
    }
    arrived(context, index);
    context->stages[index].padding_left--;
}

/* Whether the input of layer `index` lies in the work space, and only until it is used. */
static int passes(uint32_t index) {
    return eg_row_layers[index].kernel_time == 1;
}

static void begin_window(eg_context *context, uint32_t index) {
    const eg_layer_t *layer = &eg_row_layers[index];
    eg_stage_t *stage = &context->stages[index];
    stage->slot = 0;
    stage->missing = (uint16_t)(layer->kernel_time - layer->top);
    stage->rows_left = layer->rows_in;
    stage->padding_left = layer->bottom;
    if (!passes(index)) {
        memset(ring_of(context, layer), layer->zero_in, layer->kernel_time * row_values(layer) * sizeof(eg_value_t));
    }
}

/* Whether layer `index` can compute a row; takes the padding behind a window's last row when it is due. */
static int ready(eg_context *context, uint32_t index) {
    eg_stage_t *stage = &context->stages[index];
    while (stage->missing > 0 && stage->rows_left == 0) {
        if (stage->padding_left == 0) {
            begin_window(context, index);
            return 0;
        }
        padding_row_arrives(context, index);
    }
    return stage->missing == 0;
}

/* The number, from 1 on, of the deepest layer that can compute a row; 0 when there is none. */
static uint32_t deepest_ready(eg_context *context) {
    uint32_t number = EG_LAYERS;
    while (number > 0 && !ready(context, number - 1)) {
        number--;
    }
    return number;
}

/* Whether a feature row has room while `deepest` is the deepest layer that can compute a row. */
static int has_room(eg_context *context, uint32_t deepest) {
    return deepest == 0 || (deepest > 1 && !passes(deepest - 1) && !passes(0) && !ready(context, 0));
}

#if EG_WIDE

static void compute(eg_context *context, uint32_t index, eg_value_t *out) {
    const eg_layer_t *layer = &eg_row_layers[index];
    const eg_value_t *ring = ring_of(context, layer);
    const uint32_t oldest = context->stages[index].slot; /* where the next row will go */
    if (layer->kind == EG_DEPTHWISE_3X3) {
        eg_depthwise_3x3_wide(layer, ring, oldest, out);
        return;
    }
    if (layer->kind == EG_DEPTHWISE) {
        eg_depthwise_wide(layer, ring, oldest, out);
        return;
    }
    const eg_value_t *columns = ring;
    uint32_t stride = layer->channels_in;
    if (layer->kind == EG_CONVOLUTION) {
        eg_value_t *gathered = (eg_value_t *)(void *)(memory(context) + EG_COLUMNS_OFFSET);
        eg_gather(layer, ring, oldest, gathered);
        columns = gathered, stride = layer->weight_stride;
    }
    if (eg_long_sums(layer)) {
        eg_matmul_long(layer, columns, stride, layer->frequency_out, out);
    } else {
        eg_matmul_wide(layer, columns, stride, layer->frequency_out, out, context->memory + EG_SCRATCH_OFFSET / 4);
    }
}

#else

static void compute(eg_context *context, uint32_t index, int8_t *out) {
    const eg_layer_t *layer = &eg_row_layers[index];
    const int8_t *ring = ring_of(context, layer);
    const uint32_t oldest = context->stages[index].slot; /* where the next row will go */
    const int8_t *packed = eg_packed(context, layer);
    int8_t *columns = memory(context) + EG_COLUMNS_OFFSET;
    uint32_t *scratch = context->memory + EG_SCRATCH_OFFSET / 4;
    switch (layer->kind) {
    case EG_POINTWISE:
        eg_matmul(layer, packed, ring, layer->channels_in, layer->frequency_out, out, scratch);
        break;
    case EG_DEPTHWISE_3X3:
        eg_depthwise_3x3(layer, packed, ring, oldest, out);
        break;
    case EG_DEPTHWISE:
        eg_depthwise(layer, ring, oldest, out);
        break;
    case EG_MAX_POOL:
        eg_max_pool(layer, ring, out);
        break;
    case EG_CONVOLUTION:
    case EG_DENSE:
        eg_gather(layer, ring, oldest, columns);
        eg_matmul(layer, packed, columns, layer->weight_stride, layer->frequency_out, out, scratch);
        break;
    }
}

#endif

static eg_value_t *head_input(eg_context *context) {
#if EG_RECURRENT
    return (eg_value_t *)(void *)(memory(context) + eg_recurrent.input);
#elif EG_FLAT
    return (eg_value_t *)(void *)(memory(context) + eg_flat.input);
#else
    return (eg_value_t *)(void *)(memory(context) + eg_average.input);
#endif
}

/* Compute one row of layer `index` into the input of the next one, or into the head. */
static void advance(eg_context *context, uint32_t index) {
    const int last = index + 1 == EG_LAYERS;
    eg_value_t *out = last ? head_input(context) : next_row(context, index + 1);
    compute(context, index, out);
    eg_trace_row(index + 1, out, sizeof *out);
    context->stages[index].missing = eg_row_layers[index].stride_time;
    if (last) {
        eg_head_push(context, out);
    } else {
        input_row_arrived(context, index + 1);
    }
}

int eg_init_checked(eg_context *context, eg_mode_t mode, uint32_t context_bytes, uint32_t layout) {
    const int known = mode == EG_CLIP || (mode == EG_CONTINUOUS && EG_BLOCKS > 1);
    const int one_model = layout == EG_LAYOUT && eg_model_hash == EG_MODEL_HASH;
    if (!known || !one_model || context_bytes != sizeof *context || !eg_requantizes_exactly()) {
        return -1;
    }
    context->mode = mode;
    eg_pack_weights(context);
    eg_reset(context);
    return 0;
}

void eg_reset(eg_context *context) {
    for (uint32_t index = 0; index < EG_LAYERS; index++) {
        begin_window(context, index);
    }
    context->frames_left = EG_WINDOW_FRAMES;
    eg_head_reset(context);
    eg_frontend_reset(context);
}

static void take_features(eg_context *context, const int8_t *row) {
    eg_value_t *place = next_row(context, 0);
    for (uint32_t i = 0; i < EG_FEATURES; i++) {
        place[i] = (eg_value_t)(row[i] * (1 << EG_WIDENING));
    }
    eg_trace_row(0, place, sizeof *place);
    input_row_arrived(context, 0);
    if (context->mode == EG_CLIP && --context->frames_left == 0) {
        context->frames_left = EG_WINDOW_FRAMES;
        eg_frontend_reset(context);
    }
}

int eg_push_features(eg_context *context, const int8_t *row) {
    if (!has_room(context, deepest_ready(context))) {
        return 0;
    }
    take_features(context, row);
    return 1;
}

uint32_t eg_rows_heard(const eg_context *context) {
    return context->rows_heard;
}

const char *eg_label(uint32_t index) {
    return eg_labels[index];
}

int eg_step(eg_context *context) {
    if (eg_head_step(context)) {
        return EG_LAYERS + 2;
    }
    const uint32_t deepest = deepest_ready(context);
    if (eg_frontend_is_due(context) && has_room(context, deepest)) {
        int8_t row[EG_FEATURES];
        if (eg_frontend_row(context, row)) {
            take_features(context, row);
        }
        return EG_LAYERS + 1;
    }
    if (deepest > 0) {
        advance(context, deepest - 1);
    }
    return (int)deepest;
}
