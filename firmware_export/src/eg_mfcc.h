/* One frame of samples to one row of features. Two definitions, one of which is compiled: integers (eg_mfcc.c), equal
 * to numpy to the bit, or float32 (eg_mfcc_float.c), at most one step away. */
#ifndef EG_MFCC_H
#define EG_MFCC_H

#include <stdint.h>

/* pcm        [EG_FRAME_SAMPLES], a ring whose oldest sample is pcm[start]
 * workspace  EG_FRAME_SAMPLES + EG_MEL_BANDS words, used up
 * row        [EG_FEATURES] */
void eg_mfcc(const int16_t *pcm, uint32_t start, uint32_t *workspace, int8_t *row);

#endif
