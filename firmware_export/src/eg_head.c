/* The pooled head: sums of rows, their mean, and the dense layers.
 *
 * Clip mode keeps one running sum of the stored values. Continuous mode keeps ten sums of `block_rows` rows each; the
 * oldest is dropped when an eleventh begins. Equals _Pool and IntegerStream._decide of edgegenre.integer.streaming to the bit.
 */
#include "eg_head.h"

#if !EG_RECURRENT && !EG_FLAT

#include <string.h>

#include "eg_fixed_point.h"
#include "eg_requantize.h"

static void begin_window(eg_context *context) {
    memset(context->sums, 0, sizeof context->sums);
    memset(context->block_rows, 0, sizeof context->block_rows);
    context->blocks_used = 1;
    context->newest_block = 0;
    context->rows_to_hear = eg_average.rows;
    if (context->mode == EG_CONTINUOUS) {
        context->rows_to_hear = (uint32_t)eg_average.block_rows * EG_BLOCKS;
    }
}

void eg_head_reset(eg_context *context) {
    context->rows_heard = 0;
    begin_window(context);
}

static void begin_block(eg_context *context) {
    context->newest_block = (uint16_t)((context->newest_block + 1) % EG_BLOCKS);
    context->block_rows[context->newest_block] = 0;
    memset(context->sums[context->newest_block], 0, sizeof context->sums[0]);
    if (context->blocks_used < EG_BLOCKS) {
        context->blocks_used++;
    }
}

/* In this order, and with no other pointer to the sums, compilers take many channels at once. */
static void add_row(int32_t *restrict sums, const eg_value_t *restrict row, uint32_t columns, uint32_t channels) {
    for (uint32_t f = 0; f < columns; f++) {
        for (uint32_t channel = 0; channel < channels; channel++) {
            sums[channel] += *row++;
        }
    }
}

void eg_head_push(eg_context *context, const eg_value_t *row) {
    if (context->mode == EG_CLIP && context->rows_to_hear == 0) {
        begin_window(context);
    }
    if (context->mode == EG_CONTINUOUS && context->block_rows[context->newest_block] == eg_average.block_rows) {
        begin_block(context);
    }
    add_row(context->sums[context->newest_block], row, eg_average.frequency, eg_average.channels);
    context->block_rows[context->newest_block]++;
    context->rows_heard++;
    if (context->rows_to_hear > 0) {
        context->rows_to_hear--;
    }
}

uint32_t eg_head_rows(const eg_context *context) {
    uint32_t rows = 0;
    for (uint32_t block = 0; block < EG_BLOCKS; block++) {
        rows += context->block_rows[block];
    }
    return rows;
}

/* An int16 mean has one arithmetic, that of q31. */
#if defined(EG_ARITHMETIC_Q31) || EG_WIDE
#define EG_INTEGER_MEAN 1
#else
#define EG_INTEGER_MEAN 0
#endif

#if EG_INTEGER_MEAN

/* 1 / count folded into the multiplier: edgegenre.integer.requantize.mean_multiplier. */
static void mean_multiplier(uint32_t count, int32_t *multiplier, int32_t *shift) {
    int32_t bits = 0;
    while (count >> bits > 1) {
        bits++;
    }
    bits = bits > 31 - eg_average.shift ? 31 - eg_average.shift : bits;
    *multiplier = (int32_t)eg_divide((uint64_t)eg_average.multiplier << bits, count);
    *shift = eg_average.shift + bits;
}

/* requantize_q31 for any shift: a negative one (a mean of few values) shifts the sum left first. */
static int32_t scale_sum(int32_t sum, int32_t multiplier, int32_t shift) {
    const int64_t widened = shift < 0 ? (int64_t)sum * ((int64_t)1 << -shift) : sum;
    const int64_t high = (widened * multiplier + ((int64_t)1 << 30)) >> 31;
    if (shift <= 0) {
        return (int32_t)high;
    }
    return (int32_t)((high + ((int64_t)1 << (shift - 1)) + (high >> 63)) >> shift);
}

#endif

static eg_head_value_t clamp(int32_t value) {
    const int32_t low = EG_WIDE_VECTORS ? INT16_MIN : INT8_MIN;
    value = value < low ? low : value;
    return (eg_head_value_t)(value > ~low ? ~low : value);
}

/* The mean of all rows in the sums. */
static void mean(const eg_context *context, uint32_t rows, eg_head_value_t *out) {
    const uint32_t count = rows * eg_average.frequency;
#if EG_INTEGER_MEAN
    int32_t multiplier, shift;
    mean_multiplier(count, &multiplier, &shift);
#else
    const float scale = eg_average.scale_in / ((float)count * eg_average.scale_out);
#endif
    for (uint32_t channel = 0; channel < eg_average.channels; channel++) {
        int32_t sum = -(int32_t)count * eg_average.zero_in;
        for (uint32_t block = 0; block < context->blocks_used; block++) {
            sum += context->sums[block][channel];
        }
#if EG_INTEGER_MEAN
        const int32_t steps = scale_sum(sum, multiplier, shift);
#else
        const int32_t steps = eg_round((float)sum * scale);
#endif
        out[channel] = clamp(steps + eg_average.zero_out);
    }
}

eg_status_t eg_result(eg_context *context, int16_t *logits) {
    const uint32_t rows = eg_head_rows(context);
    if (rows < eg_average.block_rows) {
        return EG_NOT_ENOUGH_AUDIO;
    }
    mean(context, rows, context->vectors[0]);
    return eg_answer(context, logits);
}

#endif
