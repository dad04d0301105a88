/* The arguments of the depthwise kernel in assembly, which also reads this file: one struct, passed by value. */
#ifndef EG_DEPTHWISE_3X3_DSP_H
#define EG_DEPTHWISE_3X3_DSP_H

#define EG_DEPTHWISE_FIRST 0
#define EG_DEPTHWISE_END 4
#define EG_DEPTHWISE_WEIGHTS 8
#define EG_DEPTHWISE_BIAS 20
#define EG_DEPTHWISE_MULTIPLIERS 24
#define EG_DEPTHWISE_SHIFTS 28
#define EG_DEPTHWISE_LAST 32
#define EG_DEPTHWISE_CHANNELS 36
#define EG_DEPTHWISE_ROW 40
#define EG_DEPTHWISE_DISTANCE 44
#define EG_DEPTHWISE_BORDER 48
#define EG_DEPTHWISE_ZERO 52
#define EG_DEPTHWISE_LOW 56

/* An assembler that is told another arithmetic than the compiler makes a function of another name. */
#ifdef EG_ARITHMETIC_Q31
#define eg_depthwise_channels eg_depthwise_channels_q31
#endif

#ifndef __ASSEMBLER__

#include "eg_layers.h"

/* All channels of one row.
 *
 * first, end   the first channel's value in the first column of slot 0, and behind the last column
 * last         the last channel's value in the first column
 * weights      of the first channel and column, in the row of the window that each slot holds
 * channels     bytes from column to column, row: from slot to slot
 * distance     from a value of slot 0 to the output of the column before it
 * border       zero_in twice, as a pair of int16
 * multipliers  of the build's arithmetic: int32, or float32 scales; shifts as the layer has them
 */
typedef struct {
    const int8_t *first, *end;
    const int8_t *weights[3];
    const int32_t *bias;
    const void *multipliers;
    const uint8_t *shifts;
    const int8_t *last;
    uint32_t channels, row, distance, border;
    int32_t zero, low;
} eg_depthwise_3x3_t;

void eg_depthwise_channels(eg_depthwise_3x3_t row);

#endif

#endif
