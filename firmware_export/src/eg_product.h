/* The arguments of a matrix product in assembly, which also reads this file: one struct, passed by value. */
#ifndef EG_PRODUCT_H
#define EG_PRODUCT_H

#define EG_PRODUCT_WEIGHTS 0
#define EG_PRODUCT_BIAS 4
#define EG_PRODUCT_VALUES 8
#define EG_PRODUCT_END 12
#define EG_PRODUCT_OUT 16
#define EG_PRODUCT_ROW 20
#define EG_PRODUCT_LAST 24
#define EG_PRODUCT_MULTIPLIERS 28
#define EG_PRODUCT_SHIFTS 32
#define EG_PRODUCT_ZERO 36
#define EG_PRODUCT_LOW 40

/* An assembler that is told another arithmetic than the compiler makes functions of another name. */
#ifdef EG_ARITHMETIC_Q31
#define eg_six_positions eg_six_positions_q31
#define eg_three_positions eg_three_positions_q31
#define eg_widen eg_widen_q31
#endif

#ifndef __ASSEMBLER__

#include "eg_layers.h"

/* All outputs at six or three positions.
 *
 * weights      int8 [channels_out][a multiple of 16]
 * values       int16 [quads][positions][the pair for bytes 0 and 2 of a word of weights, that for bytes 1 and 3], up to
 *              `end`. One LDM brings two positions of six, or three
 * out, last    the first and the last output of the first position
 * row          bytes from one position's outputs to the next one's
 * multipliers  of the build's arithmetic: int32, or float32 scales; shifts as the layer has them
 * zero, low    zero_out, and the smallest output
 */
typedef struct {
    const int8_t *weights;
    const int32_t *bias;
    const uint32_t *values, *end;
    void *out;
    uint32_t row;
    void *last;
    const void *multipliers;
    const uint8_t *shifts;
    int32_t zero, low;
} eg_product_t;

/* One position's values as pairs of int16, out_bytes from quad to quad; doubled for q31. quads: a multiple of four. */
void eg_widen(const int8_t *columns, uint32_t quads, uint32_t *out, uint32_t out_bytes);

void eg_six_positions(eg_product_t product);
void eg_three_positions(eg_product_t product);

#endif

#endif
