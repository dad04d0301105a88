/* Matrix product of int16 columns and the layer's int8 weights: pointwise, gathered and dense layers of a wide model.
 *
 * columns  int16 [positions][column_stride], of which kernel_time * kernel_frequency * channels_in values count; the
 *          DSP kernel reads up to three more
 * weights  int8 [channels_out][weight_stride], in [-127, 127], four at a time in the order of EG_QUAD
 * bias     int32 [channels_out]
 * out      int16 [positions][channels_out], clamped to [low, 32767]
 *
 * Equals edgegenre.integer.rows.windowed and dense of int16 layers to the bit. Three positions at a time share the
 * weights; with the DSP extension SMLAD takes them in pairs.
 */
#include "eg_kernels.h"
#include "eg_requantize_wide.h"

#if EG_WIDE

enum { POSITIONS = 3 };

#if EG_DSP

#include "eg_dsp.h"

static inline int32_t four_products(int16x2_t low, int16x2_t high, const eg_value_t *x, int32_t sum) {
    int16x2_t first, second;
    memcpy(&first, x, sizeof first);
    memcpy(&second, x + 2, sizeof second);
    return __smlad(high, second, __smlad(low, first, sum));
}

static void three_sums(const int8_t *w, const eg_value_t *x, uint32_t stride, uint32_t depth, int32_t sums[POSITIONS]) {
    const eg_value_t *x1 = x + stride, *x2 = x1 + stride;
    int32_t a0 = sums[0], a1 = a0, a2 = a0;
    for (uint32_t i = 0; i < depth; i += 4) {
        const uint32_t word = eg_load_word(w + i);
        const int16x2_t low = eg_even_bytes(word), high = eg_odd_bytes(word);
        a0 = four_products(low, high, x + i, a0);
        a1 = four_products(low, high, x1 + i, a1);
        a2 = four_products(low, high, x2 + i, a2);
    }
    sums[0] = a0, sums[1] = a1, sums[2] = a2;
}

static int32_t one_sum(const int8_t *w, const eg_value_t *x, uint32_t depth, int32_t sum) {
    for (uint32_t i = 0; i < depth; i += 4) {
        const uint32_t word = eg_load_word(w + i);
        sum = four_products(eg_even_bytes(word), eg_odd_bytes(word), x + i, sum);
    }
    return sum;
}

#else

static void three_sums(const int8_t *w, const eg_value_t *x, uint32_t stride, uint32_t depth, int32_t sums[POSITIONS]) {
    const eg_value_t *x1 = x + stride, *x2 = x1 + stride;
    int32_t a0 = sums[0], a1 = a0, a2 = a0;
    for (uint32_t i = 0; i < depth; i++) {
        const int32_t u = w[i];
        a0 += u * x[i];
        a1 += u * x1[i];
        a2 += u * x2[i];
    }
    sums[0] = a0, sums[1] = a1, sums[2] = a2;
}

static int32_t one_sum(const int8_t *w, const eg_value_t *x, uint32_t depth, int32_t sum) {
    for (uint32_t i = 0; i < depth; i++) {
        sum += w[i] * x[i];
    }
    return sum;
}

#endif

static int64_t long_sum(const int8_t *w, const eg_value_t *x, uint32_t depth, int64_t sum) {
    for (uint32_t i = 0; i < depth; i++) {
        sum += w[EG_QUAD_PLACE(i)] * x[i];
    }
    return sum;
}

static void three_positions(const eg_layer_t *layer, const eg_value_t *x, uint32_t stride, uint32_t depth,
                            eg_value_t *out) {
    const uint32_t channels = layer->channels_out;
    const int8_t *w = layer->weights;
    for (uint32_t channel = 0; channel < channels; channel++, w += layer->weight_stride) {
        int32_t sums[POSITIONS] = {layer->bias[channel]};
        three_sums(w, x, stride, depth, sums);
        for (uint32_t p = 0; p < POSITIONS; p++) {
            out[p * channels + channel] = eg_requantize_wide(layer, channel, sums[p]);
        }
    }
}

static void one_position(const eg_layer_t *layer, const eg_value_t *x, uint32_t depth, eg_value_t *out) {
    const int8_t *w = layer->weights;
    for (uint32_t channel = 0; channel < layer->channels_out; channel++, w += layer->weight_stride) {
        const int32_t bias = layer->bias[channel];
        out[channel] = eg_long_sums(layer) ? eg_requantize_long(layer, channel, long_sum(w, x, depth, bias))
                                           : eg_requantize_wide(layer, channel, one_sum(w, x, depth, bias));
    }
}

void eg_matmul_wide(const eg_layer_t *layer, const eg_value_t *columns, uint32_t column_stride, uint32_t positions,
                    eg_value_t *out) {
    const uint32_t depth = (uint32_t)layer->kernel_time * layer->kernel_frequency * layer->channels_in;
    const uint32_t together = eg_long_sums(layer) ? 1 : POSITIONS;
    for (; together == POSITIONS && positions >= POSITIONS; positions -= POSITIONS) {
        three_positions(layer, columns, column_stride, depth, out);
        columns += POSITIONS * column_stride, out += POSITIONS * layer->channels_out;
    }
    for (; positions > 0; positions--, columns += column_stride, out += layer->channels_out) {
        one_position(layer, columns, depth, out);
    }
}

#endif
