/* Mel bands without a weight per bin: between two mel points the falling band's weight is gamma + beta * (bins still to
 * come) and the rising band's is one minus that, so a segment needs the sum of its powers and the sum of its running
 * sums. */
#include "eg_mel_float.h"

#include <string.h>

#include "eg_values.h"

#if EG_FRAME_SAMPLES > 0 && defined(EG_FRONTEND_FLOAT32)

#include "eg_frontend_tables.h"

/* The two halves that a segment adds to the bands around it. */
typedef struct {
    float rise, fall;
} segment_t;

static segment_t segment(const eg_real_t *z, uint32_t index, const uint16_t *place) {
    float total = 0.0f, running = 0.0f;
    for (uint32_t bins = eg_float_frontend.segment_bins[index]; bins > 0; bins--) {
        running += total;
        total += z[*place++];
    }
    const float fall = eg_float_frontend.segment_gamma[index] * total + eg_float_frontend.segment_beta[index] * running;
    return (segment_t){total - fall, fall};
}

/* log2 of a finite value >= 1, within 2e-7 of it and one rounding: with m = value / 2**exponent between sqrt(1/2) and
 * sqrt(2), ln m = 2 artanh(s), s = (m - 1) / (m + 1), |s| < 0.172, whose series ends at s**9 / 9. */
static float log2_from_one(float value) {
    const uint32_t root_half = 0x3F3504F3; /* the bits of sqrt(1/2) */
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    const uint32_t exponent = (bits - root_half) >> 23;
    bits -= exponent << 23;
    float m;
    memcpy(&m, &bits, sizeof m);
    const float s = (m - 1.0f) / (m + 1.0f), square = s * s;
    const float series = 1.0f + square * (1.0f / 3 + square * (1.0f / 5 + square * (1.0f / 7)));
    const float two_over_ln2 = 2.88539008f;
    return (float)exponent + two_over_ln2 * s * series;
}

void eg_mel_log2_float(const eg_real_t *z, eg_real_t *bands) {
    const uint16_t *place = eg_float_frontend.place + eg_float_frontend.first_bin;
    segment_t below = segment(z, 0, place);
    for (uint32_t band = 0; band < EG_MEL_BANDS; band++) {
        place += eg_float_frontend.segment_bins[band];
        const segment_t above = segment(z, band + 1, place);
        const float energy = (below.rise + above.fall) * eg_float_frontend.band_scale[band];
        bands[band] = energy > 1.0f ? log2_from_one(energy) : 0.0f;
        below = above;
    }
}

#endif
