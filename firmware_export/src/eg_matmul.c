/* Matrix product of int8 columns and the layer's weights: pointwise, gathered and dense layers.
 *
 * columns  int8 [positions][column_stride], of which kernel_time * kernel_frequency * channels_in values count; up to
 *          weight_stride bytes may be read
 * weights  int8 [channels_out][weight_stride], in [-127, 127]
 * bias     int32 [channels_out], the columns' zero point folded in
 * out      int8 [positions][channels_out], clamped to [low, 127]
 *
 * Equals edgegenre.integer.rows.windowed and dense to the bit. Portable: two outputs by three positions at a time, so
 * that six products share five loads.
 */
#include "eg_kernels.h"
#include "eg_requantize.h"

#if EG_PORTABLE_MATMUL

enum { POSITIONS = 3 };

static void two_outputs(const eg_layer_t *layer, uint32_t channel, const int8_t *x, uint32_t stride, uint32_t depth,
                        int8_t *out) {
    const int8_t *w0 = layer->weights + channel * layer->weight_stride, *w1 = w0 + layer->weight_stride;
    const int8_t *x1 = x + stride, *x2 = x1 + stride;
    const uint32_t row = layer->channels_out;
    int32_t a0 = layer->bias[channel], a1 = a0, a2 = a0;
    int32_t b0 = layer->bias[channel + 1], b1 = b0, b2 = b0;
    for (uint32_t i = 0; i < depth; i++) {
        const int32_t u = w0[i], v = w1[i], p = x[i], q = x1[i], r = x2[i];
        a0 += u * p;
        a1 += u * q;
        a2 += u * r;
        b0 += v * p;
        b1 += v * q;
        b2 += v * r;
    }
    out += channel;
    out[0] = eg_requantize(layer, channel, a0);
    out[row] = eg_requantize(layer, channel, a1);
    out[2 * row] = eg_requantize(layer, channel, a2);
    out++;
    out[0] = eg_requantize(layer, channel + 1, b0);
    out[row] = eg_requantize(layer, channel + 1, b1);
    out[2 * row] = eg_requantize(layer, channel + 1, b2);
}

static int8_t one_output(const eg_layer_t *layer, uint32_t channel, const int8_t *x, uint32_t depth) {
    const int8_t *w = layer->weights + channel * layer->weight_stride;
    int32_t a = layer->bias[channel];
    for (uint32_t i = 0; i < depth; i++) {
        a += w[i] * x[i];
    }
    return eg_requantize(layer, channel, a);
}

void eg_matmul(const eg_layer_t *layer, const int8_t *packed, const int8_t *columns, uint32_t column_stride,
               uint32_t positions, int8_t *out, uint32_t *scratch) {
    (void)packed, (void)scratch;
    const uint32_t depth = (uint32_t)layer->kernel_time * layer->kernel_frequency * layer->channels_in;
    const uint32_t channels = layer->channels_out;
    const uint32_t blocked_positions = positions - positions % POSITIONS, pairs = channels - channels % 2;
    for (uint32_t p = 0; p < blocked_positions; p += POSITIONS) {
        for (uint32_t channel = 0; channel < pairs; channel += 2) {
            two_outputs(layer, channel, columns + p * column_stride, column_stride, depth, out + p * channels);
        }
    }
    for (uint32_t p = 0; p < positions; p++) {
        for (uint32_t channel = p < blocked_positions ? pairs : 0; channel < channels; channel++) {
            out[p * channels + channel] = one_output(layer, channel, columns + p * column_stride, depth);
        }
    }
}

#endif
