/* PCM to feature rows: frames of 1600 samples, each turned into EG_FEATURES int8 values as it becomes complete.
 *
 * Whatever the sizes of the pushes, the rows are the same. A frame is worked on in the context's work space.
 */
#include "eg_frontend.h"

#if EG_FRAME_SAMPLES > 0

#include <string.h>

#include "eg_mfcc.h"

void eg_frontend_reset(eg_context *context) {
    context->pcm_start = 0;
    context->pcm_count = 0;
}

uint32_t eg_push_pcm(eg_context *context, const int16_t *samples, uint32_t count) {
    const uint32_t space = EG_FRAME_SAMPLES - (uint32_t)context->pcm_count;
    const uint32_t taken = count < space ? count : space;
    if (taken == 0) {
        return 0;
    }
    uint32_t place = (uint32_t)context->pcm_start + context->pcm_count;
    place = place < EG_FRAME_SAMPLES ? place : place - EG_FRAME_SAMPLES;
    const uint32_t to_end = EG_FRAME_SAMPLES - place, before = taken < to_end ? taken : to_end;
    memcpy(context->pcm + place, samples, before * sizeof *samples);
    memcpy(context->pcm, samples + before, (taken - before) * sizeof *samples);
    context->pcm_count = (uint16_t)(context->pcm_count + taken);
    return taken;
}

void eg_frontend_row(eg_context *context, int8_t *row) {
    eg_mfcc(context->pcm, context->pcm_start, context->memory + EG_WORKSPACE_OFFSET / 4, row);
    context->pcm_start = (uint16_t)((context->pcm_start + EG_HOP_SAMPLES) % EG_FRAME_SAMPLES);
    context->pcm_count = (uint16_t)(context->pcm_count - EG_HOP_SAMPLES);
}

#endif
