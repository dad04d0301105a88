/* Matrix product of int8 columns and the layer's weights: pointwise, gathered and dense layers.
 *
 * columns  int8 [positions][column_stride], of which kernel_time * kernel_frequency * channels_in values count; up to
 *          weight_stride bytes may be read
 * weights  int8 [channels_out][weight_stride], in [-127, 127]
 * bias     int32 [channels_out], the columns' zero point folded in
 * out      int8 [positions][channels_out], clamped to [low, 127]
 *
 * Equals edgegenre.integer.rows.windowed and dense to the bit. Portable: two outputs by three positions at a time, so
 * that six products share five loads. Where no compiler makes vectors of that, eight values make a turn.
 */
#include "eg_kernels.h"
#include "eg_requantize.h"

#if EG_PORTABLE_MATMUL

enum { POSITIONS = 3, TURN = EG_SCALAR ? 8 : 1 };

#if EG_THUMB2

/* In eg_matmul_thumb2.S. */
void eg_six_sums(const int8_t *weights, uint32_t weight_stride, const int8_t *columns, uint32_t column_stride,
                 uint32_t depth, int32_t sums[2][POSITIONS]);

#else

/* Adds the products of two rows of weights and three columns. */
static void eg_six_sums(const int8_t *weights, uint32_t weight_stride, const int8_t *columns, uint32_t column_stride,
                        uint32_t depth, int32_t sums[2][POSITIONS]) {
    const int8_t *w0 = weights, *w1 = weights + weight_stride;
    const int8_t *x0 = columns, *x1 = columns + column_stride, *x2 = x1 + column_stride;
    int32_t a0 = sums[0][0], a1 = sums[0][1], a2 = sums[0][2];
    int32_t b0 = sums[1][0], b1 = sums[1][1], b2 = sums[1][2];
    for (const int8_t *end = w0 + depth; w0 != end; w0 += TURN, w1 += TURN, x0 += TURN, x1 += TURN, x2 += TURN) {
        EG_UNROLL
        for (uint32_t i = 0; i < TURN; i++) {
            const int32_t u = w0[i], v = w1[i], p = x0[i], q = x1[i], r = x2[i];
            a0 += u * p;
            a1 += u * q;
            a2 += u * r;
            b0 += v * p;
            b1 += v * q;
            b2 += v * r;
            EG_IN_ORDER();
        }
    }
    sums[0][0] = a0, sums[0][1] = a1, sums[0][2] = a2;
    sums[1][0] = b0, sums[1][1] = b1, sums[1][2] = b2;
}

#endif

static void two_outputs(const eg_layer_t *layer, uint32_t channel, const int8_t *columns, uint32_t stride,
                        uint32_t depth, int8_t *out) {
    int32_t sums[2][POSITIONS];
    for (uint32_t output = 0; output < 2; output++) {
        for (uint32_t p = 0; p < POSITIONS; p++) {
            sums[output][p] = layer->bias[channel + output];
        }
    }
    eg_six_sums(layer->weights + channel * layer->weight_stride, layer->weight_stride, columns, stride, depth, sums);
    for (uint32_t output = 0; output < 2; output++) {
        for (uint32_t p = 0; p < POSITIONS; p++) {
            out[p * layer->channels_out + channel + output] = eg_requantize(layer, channel + output, sums[output][p]);
        }
    }
}

static int8_t one_output(const eg_layer_t *layer, uint32_t channel, const int8_t *x, uint32_t depth) {
    const int8_t *w = layer->weights + channel * layer->weight_stride;
    int32_t a = layer->bias[channel];
    for (const int8_t *end = x + depth; x != end; x += TURN, w += TURN) {
        EG_UNROLL
        for (uint32_t i = 0; i < TURN; i++) {
            a += w[i] * x[i];
        }
    }
    return eg_requantize(layer, channel, a);
}

void eg_matmul(const eg_layer_t *layer, const int8_t *packed, const int8_t *columns, uint32_t column_stride,
               uint32_t positions, int8_t *out, uint32_t *scratch) {
    (void)packed, (void)scratch;
    const uint32_t values = (uint32_t)layer->kernel_time * layer->kernel_frequency * layer->channels_in;
    const uint32_t depth = (values + TURN - 1) / TURN * TURN; /* weights beyond the values are zero */
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
