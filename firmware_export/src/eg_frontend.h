/* The front end, for the stream. */
#ifndef EG_FRONTEND_H
#define EG_FRONTEND_H

#include "edgegenre.h"

#if EG_FRAME_SAMPLES > 0

/* Forget all samples. */
void eg_frontend_reset(eg_context *context);

/* Turn a complete frame of samples into a feature row. Returns 1 when there was one. */
int eg_frontend_step(eg_context *context);

#else

static inline void eg_frontend_reset(eg_context *context) {
    (void)context;
}

static inline int eg_frontend_step(eg_context *context) {
    (void)context;
    return 0;
}

#endif

#endif
