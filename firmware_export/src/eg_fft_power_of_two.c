/* A frame of a power of two as half as many complex samples: radix 4 in place, a block exponent in front of every step.
 *
 * Steps, roundings and bounds are described in edgegenre/frontend/fft_power_of_two.py (numbers as there), which this
 * equals to the bit. A factor (c, s) turns by c - i s, each product rounded by itself.
 */
#include "eg_power_of_two.h"

#include "eg_compiler.h"

#include "eg_fixed_point.h"
#include "eg_frontend_tables.h"
#include "eg_values.h"

#if EG_FRAME_SAMPLES > 0 && EG_POWER_OF_TWO

enum { POINTS = EG_FRAME_SAMPLES / 2 };

/* Whether blocks of two are left behind the steps of radix 4: the logarithm of POINTS is odd. */
#define EG_PAIRS ((POINTS & 0xAAAA) != 0)

/* Step 2: by what power of two a frame is scaled, so that its widest value just fits 28 bits and a sign. Values that are
 * shifted right are rounded half to even: add `below` and, where the result would be odd, one more. */
typedef struct {
    int32_t below, right, left;
} scaling_t;

/* widest: the magnitudes of all values, together. Adds the bits of the shift to the left to `headroom`. */
static scaling_t scaling_of(uint32_t widest, int32_t *headroom) {
    const int32_t spare = 31 - eg_bit_length(widest), right = spare < 3 ? 3 - spare : 0;
    *headroom += spare - 3;
    return (scaling_t){right > 0 ? ((int32_t)1 << (right - 1)) - 1 : 0, right, spare > 3 ? spare - 3 : 0};
}

/* to_right: whether the shift goes there; a constant, so that the other case costs nothing. */
static EG_ALWAYS_INLINE int32_t scaled(int32_t value, scaling_t scaling, int to_right) {
    if (to_right) {
        return (value + scaling.below + ((value >> scaling.right) & 1)) >> scaling.right;
    }
    return eg_shift_left(value, scaling.left);
}

static EG_ALWAYS_INLINE eg_complex_t scaled_complex(eg_complex_t z, scaling_t scaling, int to_right) {
    return (eg_complex_t){scaled(z.re, scaling, to_right), scaled(z.im, scaling, to_right)};
}

/* value / 2, half to even. */
static EG_ALWAYS_INLINE int32_t half(int32_t value) {
    return (value + ((value >> 1) & 1)) >> 1;
}

static EG_ALWAYS_INLINE uint32_t magnitudes(eg_complex_t z) {
    return eg_magnitude(z.re) | eg_magnitude(z.im);
}

/* z * (c - i s) / 2. */
static EG_ALWAYS_INLINE eg_complex_t rotated(eg_complex_t z, int32_t c, int32_t s) {
    return (eg_complex_t){eg_add_multiply_high(eg_multiply_high(z.re, c), z.im, s),
                          eg_multiply_high(z.im, c) - eg_multiply_high(z.re, s)};
}

/* Step 1. Returns the magnitudes of all values. */
static uint32_t windowed(const int16_t *pcm, uint32_t start, eg_complex_t *z, int32_t *headroom) {
    uint32_t widest = 0;
    for (uint32_t i = 0; i < EG_FRAME_SAMPLES; i++) {
        widest |= eg_magnitude(pcm[i]);
    }
    const int32_t quiet = 15 - eg_bit_length(widest);
    const int16_t *sample = pcm + start, *end = pcm + EG_FRAME_SAMPLES;
    const int32_t *weight = eg_frontend.window;
    int32_t *value = (int32_t *)(void *)z;
    *headroom = quiet;
    widest = 0;
    for (uint32_t i = 0; i < EG_FRAME_SAMPLES; i++) {
        value[i] = eg_multiply_high(eg_shift_left(*sample, 16 + quiet), *weight);
        widest |= eg_magnitude(value[i]);
        weight += i < POINTS ? 1 : -1;
        sample = sample + 1 == end ? pcm : sample + 1;
    }
    return widest;
}

/* Step 3 of one set of places, `quarter` apart; factor: of the second, third and fourth, NULL where there is none. */
static EG_ALWAYS_INLINE uint32_t radix4(eg_complex_t *z, uint32_t quarter, const int32_t *factor, scaling_t scaling,
                                        int to_right) {
    const eg_complex_t a = scaled_complex(z[0], scaling, to_right);
    const eg_complex_t b = scaled_complex(z[quarter], scaling, to_right);
    const eg_complex_t c = scaled_complex(z[2 * quarter], scaling, to_right);
    const eg_complex_t d = scaled_complex(z[3 * quarter], scaling, to_right);
    const eg_complex_t p = {a.re + c.re, a.im + c.im}, q = {a.re - c.re, a.im - c.im};
    const eg_complex_t r = {b.re + d.re, b.im + d.im}, s = {b.re - d.re, b.im - d.im};
    const eg_complex_t first = {p.re + r.re, p.im + r.im};
    const eg_complex_t others[3] = {{q.re + s.im, q.im - s.re}, {p.re - r.re, p.im - r.im}, {q.re - s.im, q.im + s.re}};
    z[0] = (eg_complex_t){half(first.re), half(first.im)};
    uint32_t widest = magnitudes(z[0]);
    EG_UNROLL
    for (uint32_t k = 0; k < 3; k++) {
        const eg_complex_t halved = {half(others[k].re), half(others[k].im)};
        eg_complex_t *place = z + (k + 1) * quarter;
        *place = factor == 0 ? halved : rotated(others[k], factor[2 * k], factor[2 * k + 1]);
        widest |= magnitudes(*place);
    }
    return widest;
}

/* Step 3 over all blocks of four quarters. */
static EG_ALWAYS_INLINE uint32_t radix4_step(eg_complex_t *z, uint32_t quarter, scaling_t scaling, int to_right) {
    uint32_t widest = 0;
    for (uint32_t block = 0; block < POINTS; block += 4 * quarter) {
        widest |= radix4(z + block, quarter, 0, scaling, to_right);
    }
    const uint32_t apart = 6 * (POINTS / 4 / quarter);
    const int32_t *factor = eg_frontend.twiddles + apart;
    for (uint32_t n = 1; n < quarter; n++, factor += apart) {
        for (uint32_t block = n; block < POINTS; block += 4 * quarter) {
            widest |= radix4(z + block, quarter, factor, scaling, to_right);
        }
    }
    return widest;
}

/* Step 4. */
static EG_ALWAYS_INLINE uint32_t pairs(eg_complex_t *z, scaling_t scaling, int to_right) {
    uint32_t widest = 0;
    for (uint32_t i = 0; i < POINTS; i += 2) {
        const eg_complex_t a = scaled_complex(z[i], scaling, to_right);
        const eg_complex_t b = scaled_complex(z[i + 1], scaling, to_right);
        z[i] = (eg_complex_t){a.re + b.re, a.im + b.im};
        z[i + 1] = (eg_complex_t){a.re - b.re, a.im - b.im};
        widest |= magnitudes(z[i]) | magnitudes(z[i + 1]);
    }
    return widest;
}

/* Step 5 for bin k, from Z[k] and Z[N - k]; c, s: of k. */
static EG_ALWAYS_INLINE eg_complex_t real_bin(eg_complex_t a, eg_complex_t b, int32_t c, int32_t s) {
    const eg_complex_t odd = rotated((eg_complex_t){a.im + b.im, b.re - a.re}, c, s);
    return (eg_complex_t){half(a.re + b.re) + odd.re, half(a.im - b.im) + odd.im};
}

/* Step 5 for all bins but the first and the last, which weigh nothing in any band. */
static EG_ALWAYS_INLINE void split_real(eg_complex_t *z, scaling_t scaling, int to_right) {
    const uint16_t *place = eg_frontend.place;
    const int32_t *factor = eg_frontend.twiddles_real;
    for (uint32_t k = 1; k < POINTS / 2; k++, factor += 2) {
        eg_complex_t *low = z + place[k], *high = z + place[POINTS - k];
        const eg_complex_t a = scaled_complex(*low, scaling, to_right);
        const eg_complex_t b = scaled_complex(*high, scaling, to_right);
        *low = real_bin(a, b, factor[0], factor[1]);
        *high = real_bin(b, a, -factor[0], factor[1]);
    }
    eg_complex_t *middle = z + place[POINTS / 2];
    const eg_complex_t a = scaled_complex(*middle, scaling, to_right);
    *middle = real_bin(a, a, factor[0], factor[1]);
}

int32_t eg_fft_power_of_two(const int16_t *pcm, uint32_t start, eg_complex_t *z) {
    int32_t headroom;
    uint32_t widest = windowed(pcm, start, z, &headroom);
    headroom += 29 - 19;
    for (uint32_t quarter = POINTS / 4; quarter > 0; quarter /= 4) {
        const scaling_t scaling = scaling_of(widest, &headroom);
        widest = scaling.right > 0 ? radix4_step(z, quarter, scaling, 1) : radix4_step(z, quarter, scaling, 0);
        headroom--; /* a step halves */
    }
    if (EG_PAIRS) {
        const scaling_t scaling = scaling_of(widest, &headroom);
        widest = scaling.right > 0 ? pairs(z, scaling, 1) : pairs(z, scaling, 0);
    }
    const scaling_t scaling = scaling_of(widest, &headroom);
    if (scaling.right > 0) {
        split_real(z, scaling, 1);
    } else {
        split_real(z, scaling, 0);
    }
    return headroom;
}

#endif
