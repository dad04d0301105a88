/* Means and standard deviations of coefficients over EG_ROW_FRAMES frames: one row of features. */
#ifndef EG_SUMMARY_H
#define EG_SUMMARY_H

#include "edgegenre.h"

#if EG_ROW_FRAMES > 1

/* Forget the frames of a row that is not complete. */
void eg_summary_reset(eg_context *context);

/* Add a frame's coefficients of `bands` [EG_MEL_BANDS]. Returns whether that completes a row, which is in `row` then. */
int eg_summary_add(eg_context *context, const int32_t *bands, int8_t *row);

#else

static inline void eg_summary_reset(eg_context *context) {
    (void)context;
}

#endif

#endif
