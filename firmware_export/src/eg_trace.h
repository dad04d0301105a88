/* A look at every computed row, for the golden tensors of selftest/golden.c; nothing in any other build. */
#ifndef EG_TRACE_H
#define EG_TRACE_H

#include <stdint.h>

#ifdef EG_TRACE
/* One row of tensor `index` is there: 0 are the features, index + 1 is the output of row layer `index`; `step` bytes lie
 * between channels. */
void eg_trace_row(uint32_t index, const int8_t *row, uint32_t step);
#else
static inline void eg_trace_row(uint32_t index, const int8_t *row, uint32_t step) {
    (void)index, (void)row, (void)step;
}
#endif

#endif
