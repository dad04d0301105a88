/* eg_matmul with MVE, for Cortex-M55 and M85: layouts and result as in eg_matmul.c, to the bit.
 *
 * VMLADAVA sums sixteen products into a register. Two outputs by three positions share five loads; four outputs are
 * requantized at once.
 */
#include "eg_kernels.h"

#if EG_MVE

#include "eg_mve.h"

enum { OUTPUTS = 4, POSITIONS = 3, LANES = 16 };

/* Two outputs against three positions: sums[position][output]. */
static EG_ALWAYS_INLINE void two_by_three(const int8_t *w0, const int8_t *w1, const int8_t *x, uint32_t stride,
                                          uint32_t depth, int32_t sums[POSITIONS][OUTPUTS], uint32_t output,
                                          int32_t bias0, int32_t bias1) {
    const int8_t *x1 = x + stride, *x2 = x1 + stride;
    int32_t a0 = bias0, a1 = bias0, a2 = bias0, b0 = bias1, b1 = bias1, b2 = bias1;
    for (uint32_t vectors = (depth + LANES - 1) / LANES; vectors > 0; vectors--) {
        const int8x16_t u = vldrbq_s8(w0), v = vldrbq_s8(w1);
        const int8x16_t p = vldrbq_s8(x), q = vldrbq_s8(x1), r = vldrbq_s8(x2);
        a0 = vmladavaq_s8(a0, u, p);
        b0 = vmladavaq_s8(b0, v, p);
        a1 = vmladavaq_s8(a1, u, q);
        b1 = vmladavaq_s8(b1, v, q);
        a2 = vmladavaq_s8(a2, u, r);
        b2 = vmladavaq_s8(b2, v, r);
        w0 += LANES, w1 += LANES, x += LANES, x1 += LANES, x2 += LANES;
    }
    sums[0][output] = a0;
    sums[1][output] = a1;
    sums[2][output] = a2;
    sums[0][output + 1] = b0;
    sums[1][output + 1] = b1;
    sums[2][output + 1] = b2;
}

void eg_matmul(const eg_layer_t *layer, const int8_t *packed, const int8_t *columns, uint32_t column_stride,
               uint32_t positions, int8_t *out, uint32_t *scratch) {
    (void)packed, (void)scratch;
    const uint32_t depth = (uint32_t)layer->kernel_time * layer->kernel_frequency * layer->channels_in;
    const uint32_t channels = layer->channels_out;
    while (positions > 0) {
        /* Positions left over go one by one, each computed three times and stored once. */
        const uint32_t count = positions < POSITIONS ? 1 : POSITIONS;
        const uint32_t stride = count == POSITIONS ? column_stride : 0;
        for (uint32_t channel = 0; channel < channels; channel += OUTPUTS) {
            int32_t sums[POSITIONS][OUTPUTS];
            for (uint32_t output = 0; output < OUTPUTS; output += 2) {
                /* Outputs beyond the last repeat it. */
                const uint32_t first = channel + output < channels ? channel + output : channels - 1;
                const uint32_t second = first + 1 < channels ? first + 1 : channels - 1;
                two_by_three(layer->weights + first * layer->weight_stride,
                             layer->weights + second * layer->weight_stride, columns, stride, depth, sums, output,
                             layer->bias[first], layer->bias[second]);
            }
            const mve_pred16_t active = vctp32q(channels - channel);
            eg_requantize_4(layer, channel, vldrwq_s32(sums[0]), active, out + channel);
            if (count == POSITIONS) {
                eg_requantize_4(layer, channel, vldrwq_s32(sums[1]), active, out + channels + channel);
                eg_requantize_4(layer, channel, vldrwq_s32(sums[2]), active, out + 2 * channels + channel);
            }
        }
        positions -= count;
        columns += count * column_stride;
        out += count * channels;
    }
}

#endif
