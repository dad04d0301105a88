/* eg_matmul_wide with SMLAD, for Cortex-M4, M7 and M33: layouts and result as in eg_matmul_wide.c, to the bit.
 *
 * Six or three positions at a time are copied side by side, as eg_product.h has them; the order of EG_QUAD lets a word
 * of weights meet the words of a column as they lie. The loops over these are in eg_matmul_wide_dsp.S; C in their place
 * takes three positions. Positions that are left over are multiplied in place.
 */
#include "eg_kernels.h"
#include "eg_requantize_wide.h"

#if EG_WIDE && EG_DSP

#include "eg_dsp.h"
#include "eg_product.h"

enum { THREE = 3, MOST = EG_DSP_ASSEMBLY ? 6 : THREE };

static uint32_t two_values(const eg_value_t *place) {
    uint32_t word;
    memcpy(&word, place, sizeof word);
    return word;
}

static __attribute__((noinline)) void side_by_side(const eg_value_t *columns, uint32_t stride, uint32_t positions,
                                                   uint32_t quads, uint32_t *out) {
    for (uint32_t p = 0; p < positions; p++, columns += stride) {
        uint32_t *to = out + 2 * p;
        for (uint32_t i = 0; i < quads; i++, to += 2 * positions) {
            to[0] = two_values(columns + 4 * i);
            to[1] = two_values(columns + 4 * i + 2);
        }
    }
}

#if EG_DSP_ASSEMBLY

static void many_positions(const eg_layer_t *layer, const uint32_t *values, uint32_t quads, uint32_t count,
                           eg_value_t *out) {
    const eg_product_t product = {
        .weights = layer->weights,
        .bias = layer->bias,
        .values = values,
        .end = values + quads * 2 * count,
        .out = out,
        .row = layer->channels_out * (uint32_t)sizeof *out,
        .last = out + layer->channels_out - 1,
        .multipliers = layer->multipliers,
        .low = 256 * layer->low,
    };
    if (count == THREE) {
        eg_three_positions(product);
    } else {
        eg_six_positions(product);
    }
}

#else

static void many_positions(const eg_layer_t *layer, const uint32_t *values, uint32_t quads, uint32_t count,
                           eg_value_t *out) {
    (void)count;
    const uint32_t row = layer->channels_out;
    for (uint32_t channel = 0; channel < layer->channels_out; channel++, out++) {
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
        out[0] = eg_requantize_wide(layer, channel, a0);
        out[row] = eg_requantize_wide(layer, channel, a1);
        out[2 * row] = eg_requantize_wide(layer, channel, a2);
    }
}

#endif

static void one_position(const eg_layer_t *layer, const eg_value_t *x, uint32_t depth, eg_value_t *out) {
    const int8_t *w = layer->weights;
    for (uint32_t channel = 0; channel < layer->channels_out; channel++, w += layer->weight_stride) {
        int32_t a = layer->bias[channel];
        for (uint32_t i = 0; i < depth; i += 4) {
            const uint32_t word = eg_load_word(w + i);
            a = eg_multiply_pairs(eg_even_bytes(word), eg_odd_bytes(word), (int16x2_t)two_values(x + i),
                                  (int16x2_t)two_values(x + i + 2), a);
        }
        out[channel] = eg_requantize_wide(layer, channel, a);
    }
}

void eg_matmul_wide(const eg_layer_t *layer, const eg_value_t *columns, uint32_t column_stride, uint32_t positions,
                    eg_value_t *out, uint32_t *scratch) {
    const uint32_t depth = (uint32_t)layer->kernel_time * layer->kernel_frequency * layer->channels_in;
    const uint32_t row = layer->channels_out, quads = layer->weight_stride / 4;
    while (positions >= THREE) {
        const uint32_t count = positions < MOST ? THREE : MOST;
        side_by_side(columns, column_stride, count, quads, scratch);
        many_positions(layer, scratch, quads, count, out);
        positions -= count, columns += count * column_stride, out += count * row;
    }
    for (; positions > 0; positions--, columns += column_stride, out += row) {
        one_position(layer, columns, depth, out);
    }
}

#endif
