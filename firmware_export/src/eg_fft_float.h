/* The power spectrum of one frame of samples in float32. */
#ifndef EG_FFT_FLOAT_H
#define EG_FFT_FLOAT_H

#include <stdint.h>

#include "eg_real.h"
#include "eg_sections.h"

/* The power of bin k, 0 < k < 800, of the Hann-windowed frame ends in z[eg_float_frontend.place[k]],
 * times 2**34 for samples that count as value / 32768.
 *
 * pcm    [1600], a ring whose oldest sample is pcm[start]
 * z      [1600], used up */
void eg_power_spectrum_1600(const int16_t *pcm, uint32_t start, eg_real_t *z);

EG_FAST(eg_power_spectrum_1600)

#endif
