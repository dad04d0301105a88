/* The Fourier transform of one windowed frame, in place.
 *
 * z  [25 rows][32 columns]; sample pair n (re = y[2 n], im = y[2 n + 1]) lies in row 18 n mod 25, column 9 n mod 32
 */
#ifndef EG_FFT_H
#define EG_FFT_H

#include <stdint.h>

#include "eg_sections.h"

typedef struct {
    int32_t re, im;
} eg_complex_t;

/* Steps 2 to 5 of edgegenre/frontend/integer.py, to the bit. Afterwards bin k (1 to 799) of the 1600 real samples lies
 * in z[eg_frontend.place[k]], times 2**(19 + headroom); returns headroom, 0 to 31.
 * |y| <= 2**29 hann in, |z| < 2**30.5 out. */
int32_t eg_fft_1600(eg_complex_t *z);

EG_FAST(eg_fft_1600)

#endif
