/* The matrix product of eg_matmul_wide.c for layers whose sums need 64 bits: none of the zoo's models has one. */
#include "eg_kernels.h"
#include "eg_requantize_wide.h"

#if EG_WIDE

void eg_matmul_long(const eg_layer_t *layer, const eg_value_t *columns, uint32_t column_stride, uint32_t positions,
                    eg_value_t *out) {
    const uint32_t depth = (uint32_t)layer->kernel_time * layer->kernel_frequency * layer->channels_in;
    for (; positions > 0; positions--, columns += column_stride) {
        const int8_t *w = layer->weights;
        for (uint32_t channel = 0; channel < layer->channels_out; channel++, w += layer->weight_stride) {
            int64_t sum = layer->bias[channel];
            for (uint32_t i = 0; i < depth; i++) {
                sum += w[EG_QUAD_PLACE(i)] * columns[i];
            }
            *out++ = eg_requantize_long(layer, channel, sum);
        }
    }
}

#endif
