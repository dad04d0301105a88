/* eg_matmul_wide with SMLAD, for Cortex-M4, M7 and M33: layouts and result as in eg_matmul_wide.c, to the bit.
 *
 * Six or three positions at a time are copied side by side, as eg_sums_dsp.h has them; the order of EG_QUAD lets a word
 * of weights meet the words of a column as they lie. Positions that are left over are multiplied in place.
 */
#include "eg_kernels.h"
#include "eg_requantize_wide.h"

#if EG_WIDE && EG_DSP

#include "eg_sums_dsp.h"

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

#if EG_SIX_POSITIONS

static void six_positions(const eg_layer_t *layer, const uint32_t *x, uint32_t quads, eg_value_t *out) {
    const uint32_t *end = x + quads * 2 * SIX;
    const uint32_t row = layer->channels_out;
    for (uint32_t channel = 0; channel < layer->channels_out; channel++, out++) {
        const int8_t *w = layer->weights + channel * layer->weight_stride;
        int32_t a0 = layer->bias[channel], a1 = a0, a2 = a0, a3 = a0, a4 = a0, a5 = a0;
        EG_SIX_SUMS(w, x, end);
        out[0] = eg_requantize_wide(layer, channel, a0);
        out[row] = eg_requantize_wide(layer, channel, a1);
        out[2 * row] = eg_requantize_wide(layer, channel, a2);
        out[3 * row] = eg_requantize_wide(layer, channel, a3);
        out[4 * row] = eg_requantize_wide(layer, channel, a4);
        out[5 * row] = eg_requantize_wide(layer, channel, a5);
    }
}

#endif

static void three_positions(const eg_layer_t *layer, const uint32_t *x, uint32_t quads, eg_value_t *out) {
    const uint32_t *end = x + quads * 2 * THREE;
    const uint32_t row = layer->channels_out;
    for (uint32_t channel = 0; channel < layer->channels_out; channel++, out++) {
        const int8_t *w = layer->weights + channel * layer->weight_stride;
        int32_t a0 = layer->bias[channel], a1 = a0, a2 = a0;
        EG_THREE_SUMS(w, x, end);
        out[0] = eg_requantize_wide(layer, channel, a0);
        out[row] = eg_requantize_wide(layer, channel, a1);
        out[2 * row] = eg_requantize_wide(layer, channel, a2);
    }
}

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
    const uint32_t row = layer->channels_out;
#if EG_SIX_POSITIONS
    const uint32_t quads_of_six = (depth + 7) / 8 * 2;
    for (; positions >= SIX; positions -= SIX, columns += SIX * column_stride, out += SIX * row) {
        side_by_side(columns, column_stride, SIX, quads_of_six, scratch);
        six_positions(layer, scratch, quads_of_six, out);
    }
#endif
    const uint32_t quads_of_three = (depth + 15) / 16 * 4;
    for (; positions >= THREE; positions -= THREE, columns += THREE * column_stride, out += THREE * row) {
        side_by_side(columns, column_stride, THREE, quads_of_three, scratch);
        three_positions(layer, scratch, quads_of_three, out);
    }
    for (; positions > 0; positions--, columns += column_stride, out += row) {
        one_position(layer, columns, depth, out);
    }
}

#endif
