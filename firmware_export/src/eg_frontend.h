/* The front end, for the stream. */
#ifndef EG_FRONTEND_H
#define EG_FRONTEND_H

#include "edgegenre.h"

#if EG_FRAME_SAMPLES > 0

/* Forget all samples. */
void eg_frontend_reset(eg_context *context);

/* Whether a frame of samples is complete. */
static inline int eg_frontend_is_due(const eg_context *context) {
    return context->pcm_count == EG_FRAME_SAMPLES;
}

/* Use the complete frame. Returns whether that completes a row of features, which is in `row` then: one frame does, or
 * EG_ROW_FRAMES where a row is a summary. */
int eg_frontend_row(eg_context *context, int8_t *row);

#else

static inline void eg_frontend_reset(eg_context *context) {
    (void)context;
}

static inline int eg_frontend_is_due(const eg_context *context) {
    (void)context;
    return 0;
}

static inline int eg_frontend_row(eg_context *context, int8_t *row) {
    (void)context, (void)row;
    return 0;
}

#endif

#endif
