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

/* Turn the complete frame into a feature row. */
void eg_frontend_row(eg_context *context, int8_t *row);

#else

static inline void eg_frontend_reset(eg_context *context) {
    (void)context;
}

static inline int eg_frontend_is_due(const eg_context *context) {
    (void)context;
    return 0;
}

static inline void eg_frontend_row(eg_context *context, int8_t *row) {
    (void)context, (void)row;
}

#endif

#endif
