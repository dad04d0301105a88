/* eg_depthwise_3x3 with AVX-512 VNNI or AVX2, for PCs: ring and result as in eg_depthwise_3x3.c, to the bit; weights as
 * in eg_avx.h.
 *
 * Four vectors of channels at a time along frequency: the three values of a column along time lie in one lane, and each
 * column takes part in the three outputs around it.
 */
#include "eg_kernels.h"

#if EG_AVX

#include "eg_avx.h"

enum { LEFT, MIDDLE, RIGHT, COLUMNS };

/* Values or sums of the channels of a block. */
typedef struct {
    eg_values_t of[EG_GROUPS];
} values_t;

typedef struct {
    eg_vector_t of[EG_GROUPS];
} sums_t;

static inline values_t column_of(const int8_t *const rows[3], uint32_t place, uint32_t count) {
    eg_vector_t bytes[EG_GROUPS];
    eg_interleave(eg_load_bytes(rows[0] + place, count), eg_load_bytes(rows[1] + place, count),
                  eg_load_bytes(rows[2] + place, count), bytes);
    values_t column;
    EG_UNROLL
    for (uint32_t g = 0; g < EG_GROUPS; g++) {
        column.of[g] = eg_values(bytes[g]);
    }
    return column;
}

static inline sums_t bias_of(const int8_t *packed) {
    sums_t sums;
    EG_UNROLL
    for (uint32_t g = 0; g < EG_GROUPS; g++) {
        sums.of[g] = eg_load(eg_packed_head(packed + g * eg_packed_bytes(COLUMNS))->bias);
    }
    return sums;
}

/* sum + the products of one input column with one column of weights, along time. */
static inline sums_t add_column(sums_t sums, values_t x, const int8_t *packed, uint32_t column) {
    const int8_t *w = packed + sizeof(eg_packed_head_t) + column * 4 * EG_LANES;
    EG_UNROLL
    for (uint32_t g = 0; g < EG_GROUPS; g++) {
        sums.of[g] = eg_dot(sums.of[g], x.of[g], eg_load(w + g * eg_packed_bytes(COLUMNS)));
    }
    return sums;
}

/* `count` channels at every position. */
static void channels_of(const eg_layer_t *layer, const int8_t *packed, const int8_t *const rows[3], uint32_t channel,
                        uint32_t count, int8_t *out) {
    const uint32_t channels = layer->channels_in, packed_bytes = eg_packed_bytes(COLUMNS);
    const int8_t border[4] = {layer->zero_in, layer->zero_in, layer->zero_in, 0};
    values_t zero;
    EG_UNROLL
    for (uint32_t g = 0; g < EG_GROUPS; g++) {
        zero.of[g] = eg_four_values(border);
    }
    const sums_t bias = bias_of(packed);
    /* `finished` lacks only its right column, `current` its middle and right ones. */
    sums_t finished = bias, current = add_column(bias, zero, packed, LEFT);
    for (uint32_t column = 0; column < layer->frequency_in; column++) {
        const values_t x = column_of(rows, column * channels + channel, count);
        if (column > 0) {
            finished = add_column(finished, x, packed, RIGHT);
            eg_requantize_block(layer, packed, packed_bytes, EG_GROUPS, finished.of, out, count);
            out += channels;
        }
        finished = add_column(current, x, packed, MIDDLE);
        current = add_column(bias, x, packed, LEFT);
    }
    finished = add_column(finished, zero, packed, RIGHT);
    eg_requantize_block(layer, packed, packed_bytes, EG_GROUPS, finished.of, out, count);
}

void eg_depthwise_3x3(const eg_layer_t *layer, const int8_t *packed, const int8_t *ring, uint32_t oldest, int8_t *out) {
    const uint32_t channels = layer->channels_in, row_bytes = channels * layer->frequency_in;
    const uint32_t most = EG_GROUPS * EG_LANES;
    const int8_t *rows[3];
    for (uint32_t t = 0; t < 3; t++) {
        rows[t] = ring + (oldest + t < 3 ? oldest + t : oldest + t - 3) * row_bytes;
    }
    for (uint32_t channel = 0; channel < channels; channel += most, packed += EG_GROUPS * eg_packed_bytes(COLUMNS)) {
        const uint32_t left = channels - channel;
        channels_of(layer, packed, rows, channel, left < most ? left : most, out + channel);
    }
}

#endif
