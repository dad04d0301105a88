/* eg_depthwise_3x3 with SMLAD, for Cortex-M4, M7 and M33: weights, bias and result as in eg_depthwise_3x3.c, to the bit.
 *
 * ring  int8 [frequency][channels][4 slots]: the four last rows of a value lie in one word, so that two SMLAD multiply
 *       along time; the weight of the row that is no longer in the window is zero. `oldest`: slot of the window's first.
 */
#include "eg_kernels.h"
#include "eg_requantize.h"

#if EG_DSP

#include "eg_dsp.h"

typedef struct {
    int16x2_t even, odd;
} pairs_t;

static inline pairs_t pairs_of(uint32_t word) {
    return (pairs_t){eg_even_bytes(word), eg_odd_bytes(word)};
}

static inline int32_t multiply(pairs_t w, pairs_t x, int32_t sum) {
    return eg_multiply_pairs(w.even, w.odd, x.even, x.odd, sum);
}

/* The three weights along time of one column, each at the byte of its slot. */
static inline pairs_t weights_of(const int8_t *w, uint32_t row, uint32_t turn) {
    const uint32_t word = (uint8_t)w[0] | (uint32_t)(uint8_t)w[row] << 8 | (uint32_t)(uint8_t)w[2 * row] << 16;
    return pairs_of(word >> turn | word << ((32 - turn) & 31));
}

void eg_depthwise_3x3(const eg_layer_t *layer, const int8_t *packed, const int8_t *ring, uint32_t oldest, int8_t *out,
                      uint32_t step) {
    (void)packed;
    const uint32_t channels = layer->channels_in, columns = layer->frequency_in;
    const uint32_t turn = (32 - 8 * oldest) & 31;
    const pairs_t zero = pairs_of(0x01010101u * (uint8_t)layer->zero_in);
    for (uint32_t channel = 0; channel < channels; channel++) {
        const int8_t *w = layer->weights + channel, *x = ring + 4 * channel;
        const pairs_t left = weights_of(w, 3 * channels, turn), middle = weights_of(w + channels, 3 * channels, turn),
                      right = weights_of(w + 2 * channels, 3 * channels, turn);
        const int32_t bias = layer->bias[channel];
        int8_t *y = out + channel * step;
        /* `finished` lacks only its right column, `current` its middle and right ones. */
        pairs_t value = pairs_of(eg_load_word(x));
        int32_t finished = multiply(middle, value, multiply(left, zero, bias)), current = multiply(left, value, bias);
        for (uint32_t column = 1; column < columns; column++) {
            x += 4 * channels;
            value = pairs_of(eg_load_word(x));
            *y = eg_requantize(layer, channel, multiply(right, value, finished));
            y += step * channels;
            finished = multiply(middle, value, current);
            current = multiply(left, value, bias);
        }
        *y = eg_requantize(layer, channel, multiply(right, zero, finished));
    }
}

#endif
