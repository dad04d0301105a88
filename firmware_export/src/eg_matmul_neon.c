/* eg_matmul with NEON, for Armv7-A and AArch64: layouts and result as in eg_matmul.c, to the bit.
 *
 * Four outputs by POSITIONS positions, sixteen products of each at a time.
 */
#include "eg_kernels.h"

#if EG_NEON

#include "eg_neon.h"

enum { OUTPUTS = 4, POSITIONS = EG_DOT ? 6 : 2, THREE = 3, LANES = 16 };

/* Four rows of weights against `count` positions (a constant where this is inlined). */
static EG_ALWAYS_INLINE void block(const eg_layer_t *layer, const int8_t *const w[OUTPUTS], int32x4_t bias,
                                   eg_four_t four, const int8_t *x, uint32_t stride, uint32_t count, int8_t *out) {
    const uint32_t depth = (uint32_t)layer->kernel_time * layer->kernel_frequency * layer->channels_in;
    int32x4_t sums[POSITIONS][OUTPUTS];
    EG_UNROLL
    for (uint32_t p = 0; p < count; p++) {
        EG_UNROLL
        for (uint32_t o = 0; o < OUTPUTS; o++) {
            sums[p][o] = vdupq_n_s32(0);
        }
    }
    for (uint32_t i = 0; i < depth; i += LANES) {
        int8x16_t weights[OUTPUTS];
        EG_UNROLL
        for (uint32_t o = 0; o < OUTPUTS; o++) {
            weights[o] = vld1q_s8(w[o] + i);
        }
        EG_UNROLL
        for (uint32_t p = 0; p < count; p++) {
            const int8x16_t values = vld1q_s8(x + p * stride + i);
            EG_UNROLL
            for (uint32_t o = 0; o < OUTPUTS; o++) {
                sums[p][o] = eg_multiply_add(sums[p][o], weights[o], values);
            }
        }
    }
    EG_UNROLL
    for (uint32_t p = 0; p < count; p++) {
        eg_requantize_4(layer, four, vaddq_s32(eg_sum_lanes(sums[p]), bias), out + p * layer->channels_out);
    }
}

/* `outputs` of four outputs of every position; a constant where this is inlined. */
static EG_ALWAYS_INLINE void outputs_of(const eg_layer_t *layer, uint32_t channel, uint32_t outputs, const int8_t *x,
                                        uint32_t stride, uint32_t positions, int8_t *out) {
    const int8_t *w[OUTPUTS];
    int32_t biases[OUTPUTS];
    EG_UNROLL
    for (uint32_t o = 0; o < OUTPUTS; o++) {
        /* Rows that do not exist repeat the first. */
        const uint32_t existing = channel + (o < outputs ? o : 0);
        w[o] = layer->weights + existing * layer->weight_stride;
        biases[o] = layer->bias[existing];
    }
    const int32x4_t bias = vld1q_s32(biases);
    const eg_four_t four = eg_four(layer, channel, outputs);
    const uint32_t row = layer->channels_out;
    out += channel;
    for (; positions >= POSITIONS; positions -= POSITIONS, x += POSITIONS * stride, out += POSITIONS * row) {
        block(layer, w, bias, four, x, stride, POSITIONS, out);
    }
    if (POSITIONS > THREE && positions >= THREE) {
        block(layer, w, bias, four, x, stride, THREE, out);
        positions -= THREE, x += THREE * stride, out += THREE * row;
    }
    for (; positions > 0; positions--, x += stride, out += row) {
        block(layer, w, bias, four, x, stride, 1, out);
    }
}

void eg_matmul(const eg_layer_t *layer, const int8_t *packed, const int8_t *columns, uint32_t column_stride,
               uint32_t positions, int8_t *out, uint32_t *scratch) {
    (void)packed, (void)scratch;
    uint32_t channel = 0;
    for (; channel + OUTPUTS <= layer->channels_out; channel += OUTPUTS) {
        outputs_of(layer, channel, OUTPUTS, columns, column_stride, positions, out);
    }
    if (channel < layer->channels_out) {
        outputs_of(layer, channel, layer->channels_out - channel, columns, column_stride, positions, out);
    }
}

#endif
