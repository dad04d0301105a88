/* The numbers of the integer front end, written by the exporter from edgegenre.frontend.integer_tables. */
#ifndef EG_FRONTEND_TABLES_H
#define EG_FRONTEND_TABLES_H

#include <stdint.h>

/* Cosine and sine pairs are [..][2]. q30 means times 2**30. */
typedef struct {
    const int32_t *window;          /* [801] q30; sample 1600 - n weighs as sample n */
    const int32_t *twiddles_32;     /* [8][3][2] q30 */
    const int32_t *twiddles_25;     /* [5][4][2] q29 */
    const int32_t *twiddles_real;   /* [399][2] q30, bins 1 to 399 */
    const uint8_t *row_of;          /* [25]: row of bin k by k mod 25, after the transform in place */
    const uint8_t *column_of;       /* [32]: column of bin k by k mod 32 */
    const uint8_t *segment_bins;    /* [bands + 1]: bins between two neighboring mel points */
    const int32_t *segment_gamma;   /* [bands + 1] q25: falling weight of the last bin */
    const int32_t *segment_beta;    /* [bands + 1] q25: its increase from a bin to the one below */
    const int32_t *log2_table;      /* [129] q20: log2(1 + i / 128) */
    const int32_t *band_offset;     /* [bands] q20 */
    const int32_t *dct;             /* [coefficients][half the bands, rounded up] q30; the other half mirrors it */
    const int32_t *multiplier;      /* [coefficients] in [2**30, 2**31) */
    const uint8_t *shift;           /* [coefficients], 34 to 54 */
    const int64_t *offset;          /* [coefficients], |offset| < 2**61 */
    int32_t root_half;              /* sqrt(1/2) q31 */
    int32_t root5, sine72, sine144; /* 1 - sqrt(5)/4, 1 - sin 72, 1 - sin 144 degrees, q32 */
    uint16_t first_bin;             /* lowest bin of the first segment */
} eg_frontend_tables_t;

extern const eg_frontend_tables_t eg_frontend;

#endif
