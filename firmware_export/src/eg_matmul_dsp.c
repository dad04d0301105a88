/* eg_matmul with SMLAD, for Cortex-M4, M7 and M33: layouts and result as in eg_matmul.c, to the bit.
 *
 * Six or three positions at a time are widened to int16 once; then every output takes four weights from one word and
 * multiplies them with these positions: scratch int16 [quads][positions][even pair, odd pair] (eg_product.h). These
 * loops are in eg_matmul_dsp.S; C in their place takes three positions. Positions that are left over are multiplied from
 * bytes, as a dense layer's one.
 */
#include "eg_kernels.h"
#include "eg_requantize.h"

#if EG_DSP

#include "eg_dsp.h"
#include "eg_product.h"

enum { SIX = 6, THREE = 3 };

#if EG_WIDE

/* Only dense layers have int8 values: one position. */
static uint32_t whole_blocks(const eg_layer_t *layer, const int8_t *columns, uint32_t column_stride, uint32_t positions,
                             int8_t *out, uint32_t *scratch) {
    (void)layer, (void)columns, (void)column_stride, (void)positions, (void)out, (void)scratch;
    return 0;
}

#elif EG_DSP_ASSEMBLY

/* Positions of `columns` side by side; returns the end of their values. */
static uint32_t *widen(const eg_layer_t *layer, const int8_t *columns, uint32_t stride, uint32_t positions,
                       uint32_t *out) {
    const uint32_t quads = layer->weight_stride / 4;
    for (uint32_t p = 0; p < positions; p++) {
        eg_widen(columns + p * stride, quads, out + 2 * p, 8 * positions);
    }
    return out + quads * 2 * positions;
}

static uint32_t whole_blocks(const eg_layer_t *layer, const int8_t *columns, uint32_t column_stride, uint32_t positions,
                             int8_t *out, uint32_t *scratch) {
    const uint32_t channels = layer->channels_out;
    eg_product_t product = {
        .weights = layer->weights,
        .bias = layer->bias,
        .values = scratch,
        .row = channels,
#ifdef EG_ARITHMETIC_Q31
        .multipliers = layer->multipliers,
        .shifts = layer->shifts,
#else
        .multipliers = layer->scales,
#endif
        .zero = layer->zero_out,
        .low = layer->low,
    };
    uint32_t done = 0;
    while (positions - done >= THREE) {
        const uint32_t count = positions - done < SIX ? THREE : SIX;
        product.end = widen(layer, columns + done * column_stride, column_stride, count, scratch);
        product.out = out + done * channels;
        product.last = out + done * channels + channels - 1;
        if (count == SIX) {
            eg_six_positions(product);
        } else {
            eg_three_positions(product);
        }
        done += count;
    }
    return done;
}

#else

static void widen(const int8_t *columns, uint32_t stride, uint32_t quads, uint32_t *out) {
    for (uint32_t p = 0; p < THREE; p++, columns += stride) {
        uint32_t *to = out + 2 * p;
        for (uint32_t i = 0; i < quads; i++, to += 2 * THREE) {
            const uint32_t word = eg_load_word(columns + 4 * i);
            to[0] = (uint32_t)eg_even_bytes(word);
            to[1] = (uint32_t)eg_odd_bytes(word);
        }
    }
}

static void three_positions(const eg_layer_t *layer, const uint32_t *values, uint32_t quads, int8_t *out) {
    const uint32_t channels = layer->channels_out;
    for (uint32_t channel = 0; channel < channels; channel++, out++) {
        const int8_t *w = layer->weights + channel * layer->weight_stride;
        int32_t a0 = layer->bias[channel], a1 = a0, a2 = a0;
        const uint32_t *x = values;
        for (uint32_t i = 0; i < quads; i++, x += 2 * THREE, w += 4) {
            const uint32_t word = eg_load_word(w);
            const int16x2_t even = eg_even_bytes(word), odd = eg_odd_bytes(word);
            a0 = eg_multiply_pairs(even, odd, (int16x2_t)x[0], (int16x2_t)x[1], a0);
            a1 = eg_multiply_pairs(even, odd, (int16x2_t)x[2], (int16x2_t)x[3], a1);
            a2 = eg_multiply_pairs(even, odd, (int16x2_t)x[4], (int16x2_t)x[5], a2);
        }
        out[0] = eg_requantize(layer, channel, a0);
        out[channels] = eg_requantize(layer, channel, a1);
        out[2 * channels] = eg_requantize(layer, channel, a2);
    }
}

static uint32_t whole_blocks(const eg_layer_t *layer, const int8_t *columns, uint32_t column_stride, uint32_t positions,
                             int8_t *out, uint32_t *scratch) {
    const uint32_t quads = layer->weight_stride / 4;
    uint32_t done = 0;
    for (; positions - done >= THREE; done += THREE) {
        widen(columns + done * column_stride, column_stride, quads, scratch);
        three_positions(layer, scratch, quads, out + done * layer->channels_out);
    }
    return done;
}

#endif

static void one_position(const eg_layer_t *layer, const int8_t *x, int8_t *out) {
    const int8_t *w = layer->weights;
    for (uint32_t channel = 0; channel < layer->channels_out; channel++, w += layer->weight_stride) {
        int32_t a = layer->bias[channel];
        for (uint32_t i = 0; i < layer->weight_stride; i += 4) {
            const uint32_t u = eg_load_word(w + i), v = eg_load_word(x + i);
            a = eg_multiply_pairs(eg_even_bytes(u), eg_odd_bytes(u), eg_even_bytes(v), eg_odd_bytes(v), a);
        }
        out[channel] = eg_requantize(layer, channel, a);
    }
}

/* Products go up to the weights' stride: those beyond the depth are zero. */
void eg_matmul(const eg_layer_t *layer, const int8_t *packed, const int8_t *columns, uint32_t column_stride,
               uint32_t positions, int8_t *out, uint32_t *scratch) {
    (void)packed;
    uint32_t p = whole_blocks(layer, columns, column_stride, positions, out, scratch);
    for (; p < positions; p++) {
        one_position(layer, columns + p * column_stride, out + p * layer->channels_out);
    }
}

#endif
