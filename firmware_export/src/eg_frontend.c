/* PCM to feature rows: frames of EG_FRAME_SAMPLES samples, each used as it becomes complete.
 *
 * Whatever the sizes of the pushes, the rows are the same. A frame is worked on in the context's work space.
 */
#include "eg_frontend.h"

#if EG_FRAME_SAMPLES > 0

#include <string.h>

#include "eg_mfcc.h"
#include "eg_power_of_two.h"
#include "eg_summary.h"

void eg_frontend_reset(eg_context *context) {
    context->pcm_start = 0;
    context->pcm_count = 0;
    eg_summary_reset(context);
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

int eg_frontend_row(eg_context *context, int8_t *row) {
    uint32_t *workspace = context->memory + EG_WORKSPACE_OFFSET / 4;
#if EG_ROW_FRAMES > 1
    const int is_complete = eg_summary_add(context, eg_frame_bands(context->pcm, context->pcm_start, workspace), row);
#elif EG_POWER_OF_TWO
    const int is_complete = 1;
    eg_frame_row(eg_frame_bands(context->pcm, context->pcm_start, workspace), row);
#else
    const int is_complete = 1;
    eg_mfcc(context->pcm, context->pcm_start, workspace, row);
#endif
    context->pcm_start = (uint16_t)((context->pcm_start + EG_HOP_SAMPLES) % EG_FRAME_SAMPLES);
    context->pcm_count = (uint16_t)(context->pcm_count - EG_HOP_SAMPLES);
    return is_complete;
}

#endif
