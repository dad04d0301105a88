/* eg_matmul for Cortex-M0, M0+ and M23: layouts and result as in eg_matmul.c, to the bit.
 *
 * One output at three positions at a time; the loop over these is in eg_matmul_thumb1.S, four instructions a product
 * where a compiler that spills needs seven.
 */
#include "eg_kernels.h"
#include "eg_requantize.h"

#if EG_THUMB1

enum { POSITIONS = 3 };

/* Adds the products of one output at three positions, `stride` apart, to sums. depth: a multiple of eight. */
void eg_three_sums(const int8_t *weights, const int8_t *columns, uint32_t stride, uint32_t depth,
                   int32_t sums[POSITIONS]);

void eg_matmul(const eg_layer_t *layer, const int8_t *packed, const int8_t *columns, uint32_t column_stride,
               uint32_t positions, int8_t *out, uint32_t *scratch) {
    (void)packed, (void)scratch;
    const uint32_t depth = ((uint32_t)layer->kernel_time * layer->kernel_frequency * layer->channels_in + 7) / 8 * 8;
    const uint32_t channels = layer->channels_out;
    while (positions > 0) {
        /* Positions left over go one by one, each computed three times and stored once. */
        const uint32_t count = positions < POSITIONS ? 1 : POSITIONS;
        const uint32_t stride = count == POSITIONS ? column_stride : 0;
        for (uint32_t channel = 0; channel < channels; channel++) {
            const int32_t bias = layer->bias[channel];
            int32_t sums[POSITIONS] = {bias, bias, bias};
            eg_three_sums(layer->weights + channel * layer->weight_stride, columns, stride, depth, sums);
            for (uint32_t p = 0; p < count; p++) {
                out[p * channels + channel] = eg_requantize(layer, channel, sums[p]);
            }
        }
        positions -= count;
        columns += count * column_stride;
        out += count * channels;
    }
}

#endif
