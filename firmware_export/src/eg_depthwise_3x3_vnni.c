/* eg_depthwise_3x3 with AVX-512, for PCs: layouts and result as in eg_depthwise_3x3.c, to the bit.
 *
 * Sixteen channels at a time along frequency: each input column takes part in the three outputs around it.
 */
#include "eg_kernels.h"

#if EG_VNNI

#include "eg_vnni.h"

static inline __m512i load(const int8_t *place, __mmask16 exist) {
    return _mm512_cvtepi8_epi32(_mm_maskz_loadu_epi8(exist, place));
}

/* sum + the products of one input column with one column of weights, along time. */
static inline __m512i add_column(__m512i sum, const __m512i x[3], const __m512i w[9], uint32_t column) {
    for (uint32_t t = 0; t < 3; t++) {
        sum = _mm512_add_epi32(sum, _mm512_mullo_epi32(x[t], w[3 * t + column]));
    }
    return sum;
}

static void sixteen_channels(const eg_layer_t *layer, const int8_t *const rows[3], uint32_t channel, int8_t *out) {
    const uint32_t channels = layer->channels_in;
    const __mmask16 exist = eg_existing(channel, channels);
    const __m512i border = _mm512_set1_epi32(layer->zero_in), zero[3] = {border, border, border};
    const __m512i bias = _mm512_maskz_loadu_epi32(exist, layer->bias + channel);
    __m512i w[9], x[3];
    for (uint32_t i = 0; i < 9; i++) {
        w[i] = load(layer->weights + i * channels + channel, exist);
    }
    /* `finished` lacks only its right column, `current` its middle and right ones. */
    __m512i finished = bias, current = add_column(bias, zero, w, 0);
    out += channel;
    for (uint32_t column = 0; column < layer->frequency_in; column++) {
        for (uint32_t t = 0; t < 3; t++) {
            x[t] = load(rows[t] + column * channels + channel, exist);
        }
        if (column > 0) {
            eg_requantize_16(layer, channel, exist, add_column(finished, x, w, 2), out);
            out += channels;
        }
        finished = add_column(current, x, w, 1);
        current = add_column(bias, x, w, 0);
    }
    eg_requantize_16(layer, channel, exist, add_column(finished, zero, w, 2), out);
}

void eg_depthwise_3x3(const eg_layer_t *layer, const int8_t *ring, uint32_t oldest, int8_t *out, uint32_t step) {
    (void)step;
    const uint32_t row_bytes = (uint32_t)layer->channels_in * layer->frequency_in;
    const int8_t *rows[3];
    for (uint32_t t = 0; t < 3; t++) {
        rows[t] = ring + (oldest + t < 3 ? oldest + t : oldest + t - 3) * row_bytes;
    }
    for (uint32_t channel = 0; channel < layer->channels_in; channel += 16) {
        sixteen_channels(layer, rows, channel, out);
    }
}

#endif
