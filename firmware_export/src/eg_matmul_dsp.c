/* eg_matmul with SMLAD, for Cortex-M4, M7 and M33: layouts and result as in eg_matmul.c, to the bit.
 *
 * Six or three positions at a time are widened to int16 once; then every output takes four weights from one word and
 * multiplies them with these positions: scratch int16 [depth / 4][positions][even pair, odd pair] (eg_sums_dsp.h).
 * Positions that are left over are multiplied from bytes.
 */
#include "eg_kernels.h"
#include "eg_requantize.h"

#if EG_DSP

#include "eg_sums_dsp.h"

static __attribute__((noinline)) void widen(const int8_t *columns, uint32_t stride, uint32_t positions, uint32_t quads,
                                            uint32_t *out) {
    for (uint32_t p = 0; p < positions; p++, columns += stride) {
        uint32_t *to = out + 2 * p;
        for (uint32_t i = 0; i < quads; i++, to += 2 * positions) {
            const uint32_t word = eg_load_word(columns + 4 * i);
            to[0] = (uint32_t)eg_even_bytes(word);
            to[1] = (uint32_t)eg_odd_bytes(word);
        }
    }
}

#if EG_SIX_POSITIONS

static void six_positions(const eg_layer_t *layer, const uint32_t *x, uint32_t quads, int8_t *out, uint32_t step) {
    const uint32_t *end = x + quads * 2 * SIX;
    const uint32_t row = step * layer->channels_out;
    for (uint32_t channel = 0; channel < layer->channels_out; channel++, out += step) {
        const int8_t *w = layer->weights + channel * layer->weight_stride;
        int32_t a0 = layer->bias[channel], a1 = a0, a2 = a0, a3 = a0, a4 = a0, a5 = a0;
        EG_SIX_SUMS(w, x, end);
        out[0] = eg_requantize(layer, channel, a0);
        out[row] = eg_requantize(layer, channel, a1);
        out[2 * row] = eg_requantize(layer, channel, a2);
        out[3 * row] = eg_requantize(layer, channel, a3);
        out[4 * row] = eg_requantize(layer, channel, a4);
        out[5 * row] = eg_requantize(layer, channel, a5);
    }
}

#endif

static void three_positions(const eg_layer_t *layer, const uint32_t *x, uint32_t quads, int8_t *out, uint32_t step) {
    const uint32_t *end = x + quads * 2 * THREE;
    const uint32_t row = step * layer->channels_out;
    for (uint32_t channel = 0; channel < layer->channels_out; channel++, out += step) {
        const int8_t *w = layer->weights + channel * layer->weight_stride;
        int32_t a0 = layer->bias[channel], a1 = a0, a2 = a0;
        EG_THREE_SUMS(w, x, end);
        out[0] = eg_requantize(layer, channel, a0);
        out[row] = eg_requantize(layer, channel, a1);
        out[2 * row] = eg_requantize(layer, channel, a2);
    }
}

static void one_position(const eg_layer_t *layer, const int8_t *x, uint32_t depth, int8_t *out, uint32_t step) {
    const int8_t *w = layer->weights;
    for (uint32_t channel = 0; channel < layer->channels_out; channel++, out += step, w += layer->weight_stride) {
        int32_t a = layer->bias[channel];
        for (uint32_t i = 0; i < depth; i += 4) {
            const uint32_t u = eg_load_word(w + i), v = eg_load_word(x + i);
            a = eg_multiply_pairs(eg_even_bytes(u), eg_odd_bytes(u), eg_even_bytes(v), eg_odd_bytes(v), a);
        }
        *out = eg_requantize(layer, channel, a);
    }
}

void eg_matmul(const eg_layer_t *layer, const int8_t *packed, const int8_t *columns, uint32_t column_stride,
               uint32_t positions, int8_t *out, uint32_t step, uint32_t *scratch) {
    (void)packed;
    const uint32_t depth = (uint32_t)layer->kernel_time * layer->kernel_frequency * layer->channels_in;
    const uint32_t row = step * layer->channels_out;
    /* Whole turns of the loops: two quads of six positions, four of three; the weights beyond the depth are zero. */
#if EG_SIX_POSITIONS
    const uint32_t quads_of_six = (depth + 7) / 8 * 2;
    for (; positions >= SIX; positions -= SIX, columns += SIX * column_stride, out += SIX * row) {
        widen(columns, column_stride, SIX, quads_of_six, scratch);
        six_positions(layer, scratch, quads_of_six, out, step);
    }
#endif
    const uint32_t quads_of_three = (depth + 15) / 16 * 4;
    for (; positions >= THREE; positions -= THREE, columns += THREE * column_stride, out += THREE * row) {
        widen(columns, column_stride, THREE, quads_of_three, scratch);
        three_positions(layer, scratch, quads_of_three, out, step);
    }
    for (; positions > 0; positions--, columns += column_stride, out += row) {
        one_position(layer, columns, depth, out, step);
    }
}

#endif
