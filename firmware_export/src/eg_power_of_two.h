/* Frames of a power of two, in integers. */
#ifndef EG_POWER_OF_TWO_H
#define EG_POWER_OF_TWO_H

#include "eg_fft.h"

/* The windowed frame and its Fourier transform, edgegenre/frontend/fft_power_of_two.py to the bit. Afterwards bin k (1 to
 * half the samples - 1) lies in z[eg_frontend.place[k]], times 2**(19 + headroom); returns headroom.
 *
 * pcm  [EG_FRAME_SAMPLES], a ring whose oldest sample is pcm[start]
 * z    [EG_FRAME_SAMPLES / 2] */
int32_t eg_fft_power_of_two(const int16_t *pcm, uint32_t start, eg_complex_t *z);

/* The logarithms of the frame's mel bands [EG_MEL_BANDS], as eg_mel_log2 has them; they lie in the work space.
 *
 * workspace  EG_FRAME_SAMPLES + EG_MEL_BANDS words, used up */
const int32_t *eg_frame_bands(const int16_t *pcm, uint32_t start, uint32_t *workspace);

/* One row of features [EG_FEATURES]: the bands, or coefficients of them. */
void eg_frame_row(const int32_t *bands, int8_t *row);

EG_FAST(eg_fft_power_of_two)

#endif
