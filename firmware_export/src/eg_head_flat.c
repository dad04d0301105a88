/* A dense layer on the flattened rows as the head: each row adds its products to one sum an output, so that no row has
 * to be kept. There is an answer when all rows of a window have been heard. Equals _Sums of
 * edgegenre.integer.stream_heads to the bit.
 */
#include "eg_head.h"

#if EG_FLAT

#include "eg_requantize.h"

static void begin_window(eg_context *context) {
    for (uint32_t output = 0; output < EG_FLAT_OUTPUTS; output++) {
        context->sums[output] = eg_flat.bias[output];
    }
    context->rows_to_hear = EG_HEAD_ROWS;
}

void eg_head_reset(eg_context *context) {
    context->rows_heard = 0;
    begin_window(context);
}

/* Below 2**30, whatever the values: the exporter proves it of the whole sum, and of the bias that it begins with. */
static int32_t products(const int8_t *restrict weights, const int8_t *restrict row, uint32_t values) {
    int32_t sum = 0;
    for (uint32_t i = 0; i < values; i++) {
        sum += weights[i] * row[i];
    }
    return sum;
}

void eg_head_push(eg_context *context, const eg_value_t *row) {
    if (context->rows_to_hear == 0) {
        begin_window(context);
    }
    const uint32_t values = (uint32_t)eg_flat.frequency_in * eg_flat.channels_in;
    const int8_t *weights = eg_flat.weights + (EG_HEAD_ROWS - context->rows_to_hear) * values;
    for (uint32_t output = 0; output < EG_FLAT_OUTPUTS; output++, weights += eg_flat.weight_stride) {
        context->sums[output] += products(weights, row, values);
    }
    context->rows_heard++;
    context->rows_to_hear--;
}

uint32_t eg_head_rows(const eg_context *context) {
    return EG_HEAD_ROWS - context->rows_to_hear;
}

eg_status_t eg_result(eg_context *context, int16_t *logits) {
    if (context->rows_to_hear > 0) {
        return EG_NOT_ENOUGH_AUDIO;
    }
    for (uint32_t output = 0; output < EG_FLAT_OUTPUTS; output++) {
        context->vectors[0][output] = eg_requantize(&eg_flat, output, context->sums[output]);
    }
    return eg_answer(context, logits);
}

#endif
