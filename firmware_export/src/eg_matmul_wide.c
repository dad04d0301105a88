/* Matrix product of int16 columns and the layer's int8 weights: pointwise, gathered and dense layers of a wide model.
 *
 * columns  int16 [positions][column_stride], of which kernel_time * kernel_frequency * channels_in values count; the
 *          DSP kernel reads up to weight_stride
 * weights  int8 [channels_out][weight_stride], in [-127, 127], four at a time in the order of EG_QUAD
 * bias     int32 [channels_out]
 * out      int16 [positions][channels_out], clamped to [256 low, 32767]
 *
 * Equals edgegenre.integer.rows.windowed and dense of int16 layers to the bit. Portable: three positions share the
 * weights.
 */
#include "eg_kernels.h"
#include "eg_requantize_wide.h"

#if EG_WIDE && !EG_DSP

enum { POSITIONS = 3 };

static void three_positions(const eg_layer_t *layer, const eg_value_t *x, uint32_t stride, uint32_t depth,
                            eg_value_t *out) {
    const uint32_t channels = layer->channels_out;
    const eg_value_t *x1 = x + stride, *x2 = x1 + stride;
    const int8_t *w = layer->weights;
    for (uint32_t channel = 0; channel < channels; channel++, w += layer->weight_stride, out++) {
        int32_t a0 = layer->bias[channel], a1 = a0, a2 = a0;
        for (uint32_t i = 0; i < depth; i++) {
            const int32_t u = w[i];
            a0 += u * x[i];
            a1 += u * x1[i];
            a2 += u * x2[i];
        }
        out[0] = eg_requantize_wide(layer, channel, a0);
        out[channels] = eg_requantize_wide(layer, channel, a1);
        out[2 * channels] = eg_requantize_wide(layer, channel, a2);
    }
}

static void one_position(const eg_layer_t *layer, const eg_value_t *x, uint32_t depth, eg_value_t *out) {
    const int8_t *w = layer->weights;
    for (uint32_t channel = 0; channel < layer->channels_out; channel++, w += layer->weight_stride) {
        int32_t a = layer->bias[channel];
        for (uint32_t i = 0; i < depth; i++) {
            a += w[i] * x[i];
        }
        out[channel] = eg_requantize_wide(layer, channel, a);
    }
}

void eg_matmul_wide(const eg_layer_t *layer, const eg_value_t *columns, uint32_t column_stride, uint32_t positions,
                    eg_value_t *out, uint32_t *scratch) {
    (void)scratch;
    const uint32_t depth = (uint32_t)layer->kernel_time * layer->kernel_frequency * layer->channels_in;
    for (; positions >= POSITIONS; positions -= POSITIONS) {
        three_positions(layer, columns, column_stride, depth, out);
        columns += POSITIONS * column_stride, out += POSITIONS * layer->channels_out;
    }
    for (; positions > 0; positions--, columns += column_stride, out += layer->channels_out) {
        one_position(layer, columns, depth, out);
    }
}

#endif
