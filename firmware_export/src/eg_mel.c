/* Mel bands without a weight per bin: between two mel points the falling band's weight is gamma + beta * (bins still to
 * come) and the rising band's is one minus that, so a segment needs the sum of its powers and the sum of its running
 * sums. Equals edgegenre/frontend/mel_integer.py and log2_integer.py to the bit. */
#include "eg_mel.h"

#include "eg_fixed_point.h"
#include "eg_frontend_tables.h"
#include "eg_values.h"

#if EG_FRAME_SAMPLES > 0 && !defined(EG_FRONTEND_FLOAT32)

enum { WEIGHT_BITS = 25, FRACTION_BITS = 20 };

/* The two halves that a segment adds to the bands around it, times 4**-exponent. */
typedef struct {
    uint64_t rise, fall;
    int32_t exponent;
} segment_t;

static uint32_t square(int32_t value, int32_t exponent, int32_t half) {
    const int32_t rounded = (value + half) >> exponent;
    return (uint32_t)(rounded * rounded);
}

/* place: of the segment's bins, one after the other. */
static segment_t segment(const eg_complex_t *spectrum, uint32_t index, const uint16_t *place) {
    const uint32_t bins = eg_frontend.segment_bins[index];
    uint32_t widest = 0;
    for (uint32_t i = 0; i < bins; i++) {
        const eg_complex_t *bin = spectrum + place[i];
        widest |= eg_magnitude(bin->re) | eg_magnitude(bin->im);
    }
    int32_t exponent = eg_bit_length(widest) - 15;
    exponent = exponent < 0 ? 0 : exponent;
    const int32_t half = ((int32_t)1 << exponent) >> 1;
    uint64_t total = 0, running = 0;
    for (uint32_t i = 0; i < bins; i++) {
        const eg_complex_t *bin = spectrum + place[i];
        running += total;
        total += square(bin->re, exponent, half) + square(bin->im, exponent, half);
    }
    const uint64_t fall =
        (uint32_t)eg_frontend.segment_gamma[index] * total + (uint32_t)eg_frontend.segment_beta[index] * running;
    return (segment_t){(total << WEIGHT_BITS) - fall, fall, exponent};
}

/* log2(value) * 2**20 of 0 < value < 2**63: seven bits choose the table entry, sixteen interpolate. */
static int32_t log2_q20(uint64_t value) {
    const uint32_t high = (uint32_t)(value >> 32);
    const int32_t bits = high != 0 ? 32 + eg_bit_length(high) : eg_bit_length((uint32_t)value);
    const uint64_t mantissa = value << (63 - bits);
    const uint32_t index = (uint32_t)(mantissa >> 55) & 127, fraction = (uint32_t)(mantissa >> 39) & 0xFFFF;
    const int32_t low = eg_frontend.log2_table[index], slope = eg_frontend.log2_table[index + 1] - low;
    return ((bits - 1) << FRACTION_BITS) + low + ((slope * (int32_t)fraction + (1 << 15)) >> 16);
}

void eg_mel_log2(const eg_complex_t *spectrum, int32_t headroom, int32_t *bands) {
    const uint16_t *place = eg_frontend.place + eg_frontend.first_bin;
    segment_t below = segment(spectrum, 0, place);
    for (uint32_t band = 0; band < EG_MEL_BANDS; band++) {
        place += eg_frontend.segment_bins[band];
        const segment_t above = segment(spectrum, band + 1, place);
        const int32_t exponent = below.exponent > above.exponent ? below.exponent : above.exponent;
        const uint64_t energy =
            (below.rise >> 2 * (exponent - below.exponent)) + (above.fall >> 2 * (exponent - above.exponent));
        int32_t level = 0;
        if (energy > 0) {
            level = log2_q20(energy) + 2 * (exponent - headroom) * (1 << FRACTION_BITS) + eg_frontend.band_offset[band];
        }
        bands[band] = level < 0 ? 0 : level;
        below = above;
    }
}

#endif
