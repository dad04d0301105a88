/* eg_depthwise_3x3 with AVX-512, for PCs: layouts and result as in eg_depthwise_3x3.c, to the bit.
 *
 * Sixteen channels at a time along frequency: each input column takes part in the three outputs around it.
 */
#include "eg_kernels.h"

#if EG_VNNI

#include "eg_vnni.h"

/* Three values along time for each of sixteen channels, as int16: two in one lane, the third with a zero above. */
typedef struct {
    __m512i pair, third;
} column_t;

static inline __m512i load(const int8_t *place, __mmask16 exist) {
    return _mm512_cvtepi8_epi32(_mm_maskz_loadu_epi8(exist, place));
}

static inline column_t column_of(__m512i first, __m512i second, __m512i third) {
    const __m512i low = _mm512_set1_epi32(0xFFFF);
    return (column_t){_mm512_or_si512(_mm512_and_si512(first, low), _mm512_slli_epi32(second, 16)),
                      _mm512_and_si512(third, low)};
}

/* sum + the products of one input column with one column of weights, along time. */
static inline __m512i add_column(__m512i sum, column_t x, column_t w) {
    sum = _mm512_add_epi32(sum, _mm512_madd_epi16(x.pair, w.pair));
    return _mm512_add_epi32(sum, _mm512_madd_epi16(x.third, w.third));
}

static void sixteen_channels(const eg_layer_t *layer, const int8_t *const rows[3], uint32_t channel, int8_t *out) {
    const uint32_t channels = layer->channels_in;
    const __mmask16 exist = eg_existing(channel, channels);
    const __m512i border = _mm512_set1_epi32(layer->zero_in);
    const column_t zero = column_of(border, border, border);
    const __m512i bias = _mm512_maskz_loadu_epi32(exist, layer->bias + channel);
    column_t w[3];
    for (uint32_t i = 0; i < 3; i++) {
        const int8_t *place = layer->weights + i * channels + channel;
        w[i] = column_of(load(place, exist), load(place + 3 * channels, exist), load(place + 6 * channels, exist));
    }
    /* `finished` lacks only its right column, `current` its middle and right ones. */
    __m512i finished = bias, current = add_column(bias, zero, w[0]);
    out += channel;
    for (uint32_t column = 0; column < layer->frequency_in; column++) {
        const uint32_t place = column * channels + channel;
        const column_t x =
            column_of(load(rows[0] + place, exist), load(rows[1] + place, exist), load(rows[2] + place, exist));
        if (column > 0) {
            eg_requantize_16(layer, channel, exist, add_column(finished, x, w[2]), out);
            out += channels;
        }
        finished = add_column(current, x, w[1]);
        current = add_column(bias, x, w[0]);
    }
    eg_requantize_16(layer, channel, exist, add_column(finished, zero, w[2]), out);
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
