/* The numbers of the front end, written by the exporter: of the integer one from edgegenre.frontend.integer_tables, of
 * the float32 one from the same specification in float64. */
#ifndef EG_FRONTEND_TABLES_H
#define EG_FRONTEND_TABLES_H

#include <stdint.h>

#include "eg_model.h"

#if defined(EG_FRONTEND_FLOAT32) && EG_POWER_OF_TWO
#error "this model's front end has no float32 form: compile without EG_FRONTEND_FLOAT32"
#endif

#ifdef EG_FRONTEND_FLOAT32

/* Cosine and sine pairs are [..][2]. */
typedef struct {
    const float *turns_1600;      /* [400][2]: n / 1600 of a turn; the window and the real transform */
    const float *turns_32;        /* [32][3][2]: c k / 32 of a turn, k = 1 to 3 */
    const float *turns_25;        /* [5][4][2]: n k / 25 of a turn, k = 1 to 4 */
    const uint16_t *place;        /* [800]: word of bin k, after the transform in place */
    const uint8_t *segment_bins;  /* [bands + 1]: bins between two neighboring mel points */
    const float *segment_gamma;   /* [bands + 1]: falling weight of the last bin */
    const float *segment_beta;    /* [bands + 1]: its increase from a bin to the one below */
    const float *band_scale;      /* [bands]: from the sum of weighted powers to energy / floor */
    const float *dct;             /* [coefficients][half the bands, rounded up]: from octaves to steps of int8 */
    const float *offset;          /* [coefficients]: steps of a frame whose every band is at the floor */
    float root_half;              /* sqrt(1/2) */
    float root5, sine72, sine144; /* sqrt(5)/4, sines of 72 and 144 degrees */
    uint16_t first_bin;           /* lowest bin of the first segment */
} eg_float_frontend_tables_t;

extern const eg_float_frontend_tables_t eg_float_frontend;

#else

/* Cosine and sine pairs are [..][2]. q30 means times 2**30. */
typedef struct {
#if EG_POWER_OF_TWO
    const int32_t *window;        /* [half a frame + 1] q30; the other half mirrors it */
    const int32_t *twiddles;      /* [an eighth of a frame][3][2] q31, at most 2**31 - 1; for blocks of half a frame */
    const int32_t *twiddles_real; /* [a quarter of a frame][2] q31, the same; bins 1 and up */
    const uint16_t *place;        /* [half a frame]: complex word of bin k, after the transform in place */
#else
    const int32_t *window;          /* [801] q30; sample 1600 - n weighs as sample n */
    const int32_t *twiddles_32;     /* [8][3][2] q30 */
    const int32_t *twiddles_25;     /* [5][4][2] q29 */
    const int32_t *twiddles_real;   /* [399][2] q30, bins 1 to 399 */
    const uint16_t *place;          /* [800]: complex word of bin k, after the transform in place */
    int32_t root_half;              /* sqrt(1/2) q31 */
    int32_t root5, sine72, sine144; /* 1 - sqrt(5)/4, 1 - sin 72, 1 - sin 144 degrees, q32 */
#endif
    const uint8_t *segment_bins;  /* [bands + 1]: bins between two neighboring mel points */
    const int32_t *segment_gamma; /* [bands + 1] q25: falling weight of the last bin */
    const int32_t *segment_beta;  /* [bands + 1] q25: its increase from a bin to the one below */
    const int32_t *log2_table;    /* [129] q20: log2(1 + i / 128) */
    const int32_t *band_offset;   /* [bands] q20 */
#if EG_COEFFICIENTS > 0
    const int32_t *dct;           /* [coefficients][half the bands, rounded up] q30; the other half mirrors it */
#endif
    const int32_t *multiplier;    /* [features] in [2**30, 2**31) */
    const uint8_t *shift;         /* [features], 34 to 54 */
    const int64_t *offset;        /* [features], |offset| < 2**61 */
    uint16_t first_bin;           /* lowest bin of the first segment */
} eg_frontend_tables_t;

extern const eg_frontend_tables_t eg_frontend;

#endif

#endif
