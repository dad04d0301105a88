/* A look at every computed row, for selftest/golden.c, and at features before they are rounded, for selftest/features.c;
 * nothing in any other build. */
#ifndef EG_TRACE_H
#define EG_TRACE_H

#include <stdint.h>

#ifdef EG_TRACE
/* One row of tensor `index` is there: 0 are the features, index + 1 is the output of row layer `index`, EG_LAYERS + 1
 * that of a recurrent head's first state; values of `bytes` bytes. */
void eg_trace_row(uint32_t index, const void *row, uint32_t bytes);

/* The feature `index` of a frame before rounding and clamping, in steps of int8 times 2**16. */
void eg_trace_feature(uint32_t index, int64_t value);
#else
static inline void eg_trace_row(uint32_t index, const void *row, uint32_t bytes) {
    (void)index, (void)row, (void)bytes;
}

static inline void eg_trace_feature(uint32_t index, int64_t value) {
    (void)index, (void)value;
}
#endif

#endif
