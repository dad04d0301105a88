/* From the logarithms of mel bands to features, steps 8 and 9 of edgegenre/frontend/integer.py. */
#ifndef EG_CEPSTRUM_H
#define EG_CEPSTRUM_H

#include "eg_compiler.h"
#include "eg_frontend_tables.h"
#include "eg_trace.h"

#if EG_COEFFICIENTS > 0

/* Step 8: one coefficient of the cosine transform. Its rows mirror themselves, odd ones negated. */
static EG_ALWAYS_INLINE int32_t eg_coefficient(const int32_t *bands, uint32_t index) {
    enum { HALF_BANDS = (EG_MEL_BANDS + 1) / 2, DCT_BITS = 30 };
    const int32_t *row = eg_frontend.dct + index * HALF_BANDS;
    int64_t total = (int64_t)1 << (DCT_BITS - 1);
    for (uint32_t band = 0; band < EG_MEL_BANDS / 2; band++) {
        const int32_t mirrored = bands[EG_MEL_BANDS - 1 - band];
        total += (int64_t)row[band] * (index % 2 == 0 ? bands[band] + mirrored : bands[band] - mirrored);
    }
    if (EG_MEL_BANDS % 2 == 1) {
        total += (int64_t)row[HALF_BANDS - 1] * bands[HALF_BANDS - 1];
    }
    return (int32_t)(total >> DCT_BITS);
}

#endif

/* Step 9: the feature `index` of a count, a coefficient or a band. */
static EG_ALWAYS_INLINE int8_t eg_normalized(int32_t count, uint32_t index) {
    const int64_t scaled = (int64_t)count * eg_frontend.multiplier[index] + eg_frontend.offset[index];
    const int64_t value = scaled >> eg_frontend.shift[index];
    /* The offset holds the half step that rounds. */
    eg_trace_feature(index, (scaled >> (eg_frontend.shift[index] - 16)) - (1 << 15));
    return (int8_t)(value < -128 ? -128 : value > 127 ? 127 : value);
}

#endif
