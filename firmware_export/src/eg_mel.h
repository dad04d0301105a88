/* Logarithmic mel energies of one frame. */
#ifndef EG_MEL_H
#define EG_MEL_H

#include "eg_fft.h"

/* Steps 6 and 7 of edgegenre/frontend/integer.py, to the bit: bands [EG_MEL_BANDS] become log2(energy / floor) * 2**20,
 * 0 <= band < 2**26. spectrum, headroom: what eg_fft_1600 or eg_fft_power_of_two left. */
void eg_mel_log2(const eg_complex_t *spectrum, int32_t headroom, int32_t *bands);

#endif
