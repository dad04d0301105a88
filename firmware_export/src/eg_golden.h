/* What eg_selftest.c compares with, written by the exporter: edgegenre.export.c.selftest. */
#ifndef EG_GOLDEN_H
#define EG_GOLDEN_H

#include <stdint.h>

#include "eg_model.h"

/* Rows of features; a summary takes as long as a window. */
enum { EG_GOLDEN_ROWS = EG_ROW_FRAMES == 1 ? 3 : 1 };

/* `values` numbers of `bytes` bytes each at `place`. expected: of one number, the number; of more, the CRC-32 (IEEE 802.3)
 * of their bytes, the lowest byte of each number first. */
typedef struct {
    const void *place;
    uint32_t values;
    uint32_t bytes;
    uint32_t expected;
} eg_check_t;

extern const eg_check_t eg_checks[];
extern const uint32_t eg_check_count;

/* Of the first samples of the noise in eg_selftest.c. */
extern const int8_t eg_golden_features[EG_GOLDEN_ROWS][EG_FEATURES];

/* After this many rows of noise. */
extern const uint32_t eg_golden_rows;
extern const int16_t eg_golden_logits[EG_CLASSES];

#endif
