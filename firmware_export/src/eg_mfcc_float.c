/* One frame to features in float32, for cores with a floating-point unit.
 *
 * The same steps as the integers of edgegenre/frontend/integer.py, no double and no mathematical library. Promised are
 * at most one int8 step off the integer front end, on at most 0.1 % of the features of music, and 0.05 dB off the
 * definition in float64.
 */
#include "eg_mfcc.h"

#include "edgegenre.h"

#if EG_FRAME_SAMPLES > 0 && defined(EG_FRONTEND_FLOAT32)

#include "eg_fft_float.h"
#include "eg_frontend_tables.h"
#include "eg_mel_float.h"
#include "eg_trace.h"

enum { HALF_BANDS = (EG_MEL_BANDS + 1) / 2 };

/* One coefficient of the cosine transform, normalized. Its rows mirror themselves, odd ones negated. */
static int8_t feature(const eg_real_t *bands, uint32_t index) {
    const float *row = eg_float_frontend.dct + index * HALF_BANDS;
    float total = 0.0f;
    for (uint32_t band = 0; band < EG_MEL_BANDS / 2; band++) {
        const float low = bands[band], high = bands[EG_MEL_BANDS - 1 - band];
        total += row[band] * (index % 2 == 0 ? low + high : low - high);
    }
    if (EG_MEL_BANDS % 2 == 1) {
        total += row[HALF_BANDS - 1] * bands[HALF_BANDS - 1];
    }
    const float value = total + eg_float_frontend.offset[index];
    eg_trace_feature(index, (int64_t)(value * 65536.0f));
    const float clamped = value < -128.0f ? -128.0f : value > 127.0f ? 127.0f : value;
    /* Half a step up, cut off: what lies above -128.5 is positive. */
    return (int8_t)((int32_t)(clamped + 128.5f) - 128);
}

void eg_mfcc(const int16_t *pcm, uint32_t start, uint32_t *workspace, int8_t *row) {
    eg_real_t *z = (eg_real_t *)(void *)workspace, *bands = z + EG_FRAME_SAMPLES;
    eg_power_spectrum_1600(pcm, start, z);
    eg_mel_log2_float(z, bands);
    for (uint32_t i = 0; i < EG_FEATURES; i++) {
        row[i] = feature(bands, i);
    }
}

#endif
