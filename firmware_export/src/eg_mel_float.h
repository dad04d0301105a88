/* Logarithmic mel energies of one frame in float32. */
#ifndef EG_MEL_FLOAT_H
#define EG_MEL_FLOAT_H

#include "eg_real.h"

/* bands [EG_MEL_BANDS] become log2(energy / floor), at least 0. z: what eg_power_spectrum_1600 left. */
void eg_mel_log2_float(const eg_real_t *z, eg_real_t *bands);

#endif
