/* One frame of a power of two to one row of features. Equals edgegenre.frontend.integer_kinds (mfcc.py, mel_decibels.py)
 * to the bit. */
#include "eg_power_of_two.h"

#include "edgegenre.h"

#if EG_FRAME_SAMPLES > 0 && EG_POWER_OF_TWO

#include "eg_cepstrum.h"
#include "eg_mel.h"

const int32_t *eg_frame_bands(const int16_t *pcm, uint32_t start, uint32_t *workspace) {
    eg_complex_t *z = (eg_complex_t *)(void *)workspace;
    int32_t *bands = (int32_t *)workspace + EG_FRAME_SAMPLES;
    eg_mel_log2(z, eg_fft_power_of_two(pcm, start, z), bands);
    return bands;
}

#if EG_ROW_FRAMES == 1

void eg_frame_row(const int32_t *bands, int8_t *row) {
    for (uint32_t i = 0; i < EG_FEATURES; i++) {
#if EG_COEFFICIENTS > 0
        row[i] = eg_normalized(eg_coefficient(bands, i), i);
#else
        row[i] = eg_normalized(bands[i], i);
#endif
    }
}

#endif

#endif
