/* eg_depthwise_3x3 for Cortex-M4, M7 and M33: layouts and result as in eg_depthwise_3x3.c, to the bit. The loops are in
 * eg_depthwise_3x3_dsp.S: along frequency SMLAD takes two values of a column, SMLABB the third.
 */
#include "eg_kernels.h"

#if EG_DSP_ASSEMBLY

#include "eg_depthwise_3x3_dsp.h"

void eg_depthwise_3x3(const eg_layer_t *layer, const int8_t *packed, const int8_t *ring, uint32_t oldest, int8_t *out) {
    (void)packed;
    const uint32_t channels = layer->channels_in, row_bytes = channels * layer->frequency_in;
    eg_depthwise_3x3_t row = {
        .first = ring,
        .end = ring + row_bytes,
        .bias = layer->bias,
#ifdef EG_ARITHMETIC_Q31
        .multipliers = layer->multipliers,
        .shifts = layer->shifts,
#else
        .multipliers = layer->scales,
#endif
        .last = ring + channels - 1,
        .channels = channels,
        .row = row_bytes,
        .distance = (uint32_t)((uintptr_t)out - (uintptr_t)ring) - channels,
        .border = (uint16_t)layer->zero_in * 0x10001u,
        .zero = layer->zero_out,
        .low = layer->low,
    };
    for (uint32_t t = 0; t < 3; t++) {
        row.weights[(oldest + t) % 3] = layer->weights + 3 * t * channels;
    }
    eg_depthwise_channels(row);
}

#endif
