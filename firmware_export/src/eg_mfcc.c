/* One frame to features in integers. Equals edgegenre.frontend.integer.IntegerFrontend.features to the bit. */
#include "eg_mfcc.h"

#include "edgegenre.h"

#if EG_FRAME_SAMPLES > 0 && !defined(EG_FRONTEND_FLOAT32)

#include "eg_fft.h"
#include "eg_fixed_point.h"
#include "eg_frontend_tables.h"
#include "eg_mel.h"
#include "eg_trace.h"

enum { HALF_BANDS = (EG_MEL_BANDS + 1) / 2, DCT_BITS = 30 };

/* Step 1: the windowed samples, in the order the transform wants. `direction`: the window mirrors itself at its middle. */
static void window(const int16_t *pcm, uint32_t start, eg_complex_t *z) {
    const int16_t *sample = pcm + start, *const end = pcm + EG_FRAME_SAMPLES;
    const int32_t *weight = eg_frontend.window;
    uint32_t row = 0, column = 0;
    for (int32_t direction = 1; direction >= -1; direction -= 2) {
        for (uint32_t pair = 0; pair < EG_FRAME_SAMPLES / 4; pair++) {
            eg_complex_t *place = z + row + column;
            place->re = eg_multiply_high(*sample++ * 65536, *weight);
            sample = sample == end ? pcm : sample;
            place->im = eg_multiply_high(*sample++ * 65536, weight[direction]);
            sample = sample == end ? pcm : sample;
            weight += 2 * direction;
            row = row < 7 * 32 ? row + 18 * 32 : row - 7 * 32;
            column = (column + 9) % 32;
        }
    }
}

/* Steps 8 and 9: one coefficient of the cosine transform, normalized. Its rows mirror themselves, odd ones negated. */
static int8_t feature(const int32_t *bands, uint32_t index) {
    const int32_t *row = eg_frontend.dct + index * HALF_BANDS;
    int64_t total = (int64_t)1 << (DCT_BITS - 1);
    for (uint32_t band = 0; band < EG_MEL_BANDS / 2; band++) {
        const int32_t mirrored = bands[EG_MEL_BANDS - 1 - band];
        total += (int64_t)row[band] * (index % 2 == 0 ? bands[band] + mirrored : bands[band] - mirrored);
    }
    if (EG_MEL_BANDS % 2 == 1) {
        total += (int64_t)row[HALF_BANDS - 1] * bands[HALF_BANDS - 1];
    }
    const int32_t coefficient = (int32_t)(total >> DCT_BITS);
    const int64_t scaled = (int64_t)coefficient * eg_frontend.multiplier[index] + eg_frontend.offset[index];
    const int64_t value = scaled >> eg_frontend.shift[index];
    /* The offset holds the half step that rounds. */
    eg_trace_feature(index, (scaled >> (eg_frontend.shift[index] - 16)) - (1 << 15));
    return (int8_t)(value < -128 ? -128 : value > 127 ? 127 : value);
}

void eg_mfcc(const int16_t *pcm, uint32_t start, uint32_t *workspace, int8_t *row) {
    eg_complex_t *z = (eg_complex_t *)(void *)workspace;
    int32_t *bands = (int32_t *)workspace + EG_FRAME_SAMPLES;
    window(pcm, start, z);
    eg_mel_log2(z, eg_fft_1600(z), bands);
    for (uint32_t i = 0; i < EG_FEATURES; i++) {
        row[i] = feature(bands, i);
    }
}

#endif
