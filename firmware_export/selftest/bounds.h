/* What always holds of a stream, whatever it is fed; a violation names itself and aborts. */
#ifndef EG_BOUNDS_H
#define EG_BOUNDS_H

#include <stdio.h>
#include <stdlib.h>

#include "edgegenre.h"
#include "eg_layers.h"

#define REQUIRE(condition)                                                                                             \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #condition);                             \
            abort();                                                                                                   \
        }                                                                                                              \
    } while (0)

/* Steps after one push: a frame and, at the end of a window, the rows that all layers still hold. */
enum { MOST_STEPS = 1 + 64 * (EG_LAYERS + 64 * EG_RECURRENT) };

static inline void require_bounded_state(const eg_context *context) {
    for (uint32_t index = 0; index < EG_LAYERS; index++) {
        const eg_layer_t *layer = &eg_row_layers[index];
        const eg_stage_t *stage = &context->stages[index];
        REQUIRE(stage->slot < layer->kernel_time);
        REQUIRE(stage->missing <= layer->kernel_time || stage->missing <= layer->stride_time);
        REQUIRE(stage->rows_left <= layer->rows_in);
        REQUIRE(stage->padding_left <= layer->bottom);
    }
#if EG_RECURRENT
    for (uint32_t state = 0; state < EG_STATES; state++) {
        REQUIRE(context->heard[state] <= EG_HEAD_ROWS && context->heard[state] > -EG_HEAD_ROWS);
    }
#elif EG_FLAT
    REQUIRE(context->rows_to_hear <= EG_HEAD_ROWS);
#else
    REQUIRE(context->blocks_used >= 1 && context->blocks_used <= EG_BLOCKS);
    REQUIRE(context->newest_block < EG_BLOCKS);
    const uint32_t most_rows = context->mode == EG_CLIP ? EG_HEAD_ROWS : EG_BLOCK_ROWS;
    for (uint32_t block = 0; block < EG_BLOCKS; block++) {
        const int32_t most = (int32_t)(context->block_rows[block] * eg_average.frequency * (EG_WIDE ? 32768u : 255u));
        REQUIRE(context->block_rows[block] <= most_rows);
        for (uint32_t channel = 0; channel < EG_POOL_CHANNELS; channel++) {
            REQUIRE(context->sums[block][channel] <= most && context->sums[block][channel] >= -most);
        }
    }
#endif
    REQUIRE(context->frames_left <= EG_WINDOW_FRAMES);
    REQUIRE(context->pcm_start < EG_FRAME_SAMPLES && context->pcm_count <= EG_FRAME_SAMPLES);
#if EG_ROW_FRAMES > 1
    REQUIRE(context->summed_frames < EG_ROW_FRAMES);
#endif
}

/* The result now. */
static inline eg_status_t require_bounded_result(eg_context *context, int16_t *logits) {
    const eg_status_t status = eg_result(context, logits);
    REQUIRE(status >= EG_NOT_ENOUGH_AUDIO && status <= EG_COMPLETE);
    for (uint32_t i = 0; i < EG_CLASSES && status != EG_NOT_ENOUGH_AUDIO; i++) {
        REQUIRE(EG_WIDE_VECTORS || (logits[i] >= INT8_MIN && logits[i] <= INT8_MAX));
    }
    return status;
}

#endif
