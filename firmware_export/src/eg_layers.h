/* The tables of a model: what the exporter writes and the runtime walks through. */
#ifndef EG_LAYERS_H
#define EG_LAYERS_H

#include <stdint.h>

#include "eg_compiler.h"
#include "eg_sections.h"
#include "eg_values.h"

/* States that a recurrent head has in continuous mode. */
enum { EG_STAGGERED_WINDOWS = 4 };

typedef enum {
    EG_CONVOLUTION,   /* windows are gathered, then multiplied */
    EG_POINTWISE,     /* 1 x 1, stride 1: rows are multiplied where they lie */
    EG_DEPTHWISE,     /* any kernel, stride and padding; average pools too */
    EG_DEPTHWISE_3X3, /* 3 x 3, stride 1, one column of padding on either side */
    EG_MAX_POOL,      /* no weights; windows lie side by side, what is left over is dropped */
    EG_DENSE
} eg_kind_t;

/* One layer with weights. Rows are [frequency][channels]; a kernel of one row has a single-slot ring.
 *
 * weights      convolution, dense: [channels_out][weight_stride], kernel_time * kernel_frequency * channels_in values a
 *              row, then zeros to a multiple of sixteen; depthwise: [kernel_time][kernel_frequency][channels_in]
 * bias         the input's zero point folded in over the whole kernel: a tap outside the row counts as zero_in
 * low          the smallest output, zero_out under a ReLU; the largest is 127. Of an int16 layer 256 low and 32767
 * input        byte offset of the input ring in the context's memory
 */
typedef struct {
    const int8_t *weights;
    const int32_t *bias;
#if defined(EG_ARITHMETIC_Q31) || EG_WIDE
    const int32_t *multipliers; /* in [2**30, 2**31); of an int16 layer see eg_requantize_wide.h */
    const uint8_t *shifts;      /* 1 to 30 */
#endif
#ifndef EG_ARITHMETIC_Q31
    const float *scales; /* (input scale * weight scale) / output scale */
#endif
    eg_kind_t kind;
    uint32_t input;
    uint32_t weight_stride;
    uint32_t packed;  /* byte offset of the repacked weights, where a kernel wants some */
    uint16_t rows_in; /* of a window */
    uint16_t frequency_in, channels_in;
    uint16_t frequency_out, channels_out;
    uint16_t kernel_time, kernel_frequency;
    uint16_t stride_time, stride_frequency;
    uint16_t top, bottom, left; /* padding */
    int8_t zero_in, zero_out, low;
} eg_layer_t;

/* The global average between the row layers and the dense layers.
 *
 * input        byte offset in the context's memory of the row that arrives here
 * block_rows   rows in one of the sums of the continuous mode
 */
typedef struct {
#if defined(EG_ARITHMETIC_Q31) || EG_WIDE
    int32_t multiplier; /* of input scale / output scale, before 1 / count is folded in */
    int32_t shift;
#else
    float scale_in, scale_out;
#endif
    uint32_t input;
    uint16_t rows, frequency, channels, block_rows;
    int8_t zero_in, zero_out;
} eg_average_t;

/* From int16 values before a gate to steps of the sigmoid's table. */
typedef struct {
    int32_t multiplier, rounding;
    uint8_t shift;
} eg_lookup_t;

#if EG_RECURRENT

enum { EG_CELL_SUMS = 6 * EG_CELL_PRODUCTS };

/* A GRU or an LSTM between the row layers and the dense layers; eg_recurrent.h says what blocks and pairs are.
 *
 * weights      [blocks][EG_CELL_PRODUCTS][chunks][3 pairs][16 columns][2], zeros where a unit or column does not exist,
 *              written by EG_PAIR
 * bias         [blocks][EG_CELL_PRODUCTS][3 pairs][2], of the product with the input, its zero point folded in
 * multipliers  of a block's sums, shifted left so that the high word is the result
 * starts       rows at which the states of the continuous mode begin their first windows
 * input        byte offset in the context's memory of the row that arrives here
 */
typedef struct {
    const int8_t *input_weights, *state_weights;
    const int32_t *bias;
    int32_t input_multipliers[EG_CELL_SUMS], state_multipliers[EG_CELL_SUMS];
    eg_lookup_t lookup;
    uint32_t input;
    uint16_t starts[EG_STAGGERED_WINDOWS];
} eg_recurrent_t;

extern const eg_recurrent_t eg_recurrent;
extern const uint16_t eg_sigmoid_table[256]; /* at i / 24 */

#endif

/* Two weights of a recurrent layer. A halfword of both is 256 high + low for the DSP kernel, which looks at it as a whole. */
#if EG_DSP
#define EG_PAIR(low, high) low, high - (low < 0)
#else
#define EG_PAIR(low, high) low, high
#endif

extern const eg_layer_t eg_row_layers[];   /* EG_LAYERS of them */
extern const eg_average_t eg_average;      /* in a model whose head is an average */
extern const eg_layer_t eg_flat;           /* in a model whose head is a dense layer on the flattened rows */
extern const eg_layer_t eg_dense_layers[]; /* EG_DENSE_LAYERS of them */
extern const uint32_t eg_model_hash;       /* EG_MODEL_HASH of the header that was written with these tables */
extern const char *const eg_labels[];      /* EG_CLASSES of them */

/* Four weights of an int16 layer: the DSP kernel takes even and odd bytes of a word as pairs. */
#if EG_DSP
#define EG_QUAD(a, b, c, d) a, c, b, d
#define EG_QUAD_PLACE(index) (((index) & ~3u) | ((index) << 1 & 2) | ((index) >> 1 & 1))
#else
#define EG_QUAD(a, b, c, d) a, b, c, d
#define EG_QUAD_PLACE(index) (index)
#endif

#endif
