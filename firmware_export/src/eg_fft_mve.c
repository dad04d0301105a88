/* eg_fft_1600 with MVE, for Cortex-M55 and M85: steps, roundings and result as in eg_fft.c, to the bit.
 *
 * Four complex values at a time: VRMULH is eg_multiply_high, VRSHR rounds half up as adding half and shifting does.
 * Rows are transformed over four of their elements, then over their four blocks of eight; columns four by four.
 */
#include "eg_fft.h"

#include "eg_compiler.h"
#include "eg_fixed_point.h"
#include "eg_frontend_tables.h"
#include "eg_values.h"

#if EG_FRAME_SAMPLES > 0 && !EG_POWER_OF_TWO && !defined(EG_FRONTEND_FLOAT32) && EG_MVE

#include <arm_mve.h>

enum { ROWS = 25, COLUMNS = 32, BINS = 800, LANES = 4 };

/* Four complex values. */
typedef struct {
    int32x4_t re, im;
} four_t;

/* Values that lie anywhere: their places in bytes from `z`. */
static EG_ALWAYS_INLINE four_t gather(const eg_complex_t *z, uint32x4_t places) {
    return (four_t){vldrwq_gather_offset_s32(&z->re, places), vldrwq_gather_offset_s32(&z->im, places)};
}

static EG_ALWAYS_INLINE void scatter(eg_complex_t *z, uint32x4_t places, four_t value) {
    vstrwq_scatter_offset_s32(&z->re, places, value.re);
    vstrwq_scatter_offset_s32(&z->im, places, value.im);
}

/* Neighbors. VLD2 takes as many instructions, and GCC 12 writes some that its assembler refuses. */
static EG_ALWAYS_INLINE uint32x4_t neighbors(void) {
    return vmulq_n_u32(vidupq_n_u32(0, 1), sizeof(eg_complex_t));
}

static EG_ALWAYS_INLINE four_t load(const eg_complex_t *z) {
    return gather(z, neighbors());
}

static EG_ALWAYS_INLINE void store(eg_complex_t *z, four_t value) {
    scatter(z, neighbors(), value);
}

static EG_ALWAYS_INLINE four_t sum(four_t a, four_t b) {
    return (four_t){vaddq_s32(a.re, b.re), vaddq_s32(a.im, b.im)};
}

static EG_ALWAYS_INLINE four_t difference(four_t a, four_t b) {
    return (four_t){vsubq_s32(a.re, b.re), vsubq_s32(a.im, b.im)};
}

static EG_ALWAYS_INLINE four_t rotate(four_t z, int32x4_t c, int32x4_t s) {
    return (four_t){vaddq_s32(vrmulhq_s32(z.re, c), vrmulhq_s32(z.im, s)),
                    vsubq_s32(vrmulhq_s32(z.im, c), vrmulhq_s32(z.re, s))};
}

/* The exact 4-point transform, outputs in order. */
static EG_ALWAYS_INLINE void radix4(four_t z[4]) {
    const four_t p = sum(z[0], z[2]), q = difference(z[0], z[2]), r = sum(z[1], z[3]), s = difference(z[1], z[3]);
    z[0] = sum(p, r);
    z[1] = (four_t){vaddq_s32(q.re, s.im), vsubq_s32(q.im, s.re)};
    z[2] = difference(p, r);
    z[3] = (four_t){vsubq_s32(q.re, s.im), vaddq_s32(q.im, s.re)};
}

/* Step 2, first half: elements n to n + 3 of a row and those 8, 16 and 24 behind them. */
static void quarter_row(eg_complex_t *z, const int32_t *factors) {
    const uint32x4_t apart = vmulq_n_u32(vidupq_n_u32(0, 1), 6);
    four_t values[4];
    for (uint32_t k = 0; k < 4; k++) {
        values[k] = load(z + 8 * k);
    }
    radix4(values);
    store(z, (four_t){vrshrq_n_s32(values[0].re, 2), vrshrq_n_s32(values[0].im, 2)});
    for (uint32_t k = 1; k < 4; k++, factors += 2) {
        const int32x4_t c = vldrwq_gather_shifted_offset_s32(factors, apart);
        const int32x4_t s = vldrwq_gather_shifted_offset_s32(factors + 1, apart);
        store(z + 8 * k, rotate(values[k], c, s));
    }
}

/* Step 2b of all four blocks of a row. */
static void radix2_of_8(eg_complex_t *z, uint32x4_t blocks) {
    const int32x4_t root = vdupq_n_s32(eg_frontend.root_half);
    for (uint32_t n = 0; n < 4; n++) {
        const four_t a = gather(z + n, blocks), b = gather(z + n + 4, blocks);
        const four_t u = sum(a, b), d = difference(a, b);
        four_t turned;
        switch (n) {
        case 0:
            turned = (four_t){vrshrq_n_s32(d.re, 1), vrshrq_n_s32(d.im, 1)};
            break;
        case 1:
            turned = (four_t){vrmulhq_s32(vaddq_s32(d.re, d.im), root), vrmulhq_s32(vsubq_s32(d.im, d.re), root)};
            break;
        case 2:
            turned = (four_t){vrshrq_n_s32(d.im, 1), vrshrq_n_s32(vnegq_s32(d.re), 1)};
            break;
        default:
            turned =
                (four_t){vrmulhq_s32(vsubq_s32(d.im, d.re), root), vrmulhq_s32(vnegq_s32(vaddq_s32(d.re, d.im)), root)};
        }
        scatter(z + n, blocks, (four_t){vrshrq_n_s32(u.re, 1), vrshrq_n_s32(u.im, 1)});
        scatter(z + n + 4, blocks, turned);
    }
}

static __attribute__((noinline)) void transform_row(eg_complex_t *z) {
    const uint32x4_t blocks = vmulq_n_u32(vidupq_n_u32(0, 1), 8 * sizeof *z);
    quarter_row(z, eg_frontend.twiddles_32);
    quarter_row(z + LANES, eg_frontend.twiddles_32 + LANES * 6);
    radix2_of_8(z, blocks);
    for (uint32_t half = 0; half < 8; half += 4) {
        four_t values[4];
        for (uint32_t n = 0; n < 4; n++) {
            values[n] = gather(z + half + n, blocks);
        }
        radix4(values);
        for (uint32_t n = 0; n < 4; n++) {
            scatter(z + half + n, blocks, values[n]);
        }
    }
}

/* Step 3. */
static int32_t normalize(eg_complex_t *z) {
    int32_t *const words = (int32_t *)(void *)z, *const end = words + 2 * BINS;
    uint32x4_t widest = vdupq_n_u32(0);
    for (const int32_t *word = words; word != end; word += LANES) {
        const int32x4_t value = vldrwq_s32(word);
        widest = vorrq_u32(widest, vreinterpretq_u32_s32(veorq_s32(value, vshrq_n_s32(value, 31))));
    }
    const uint32_t all =
        vgetq_lane_u32(widest, 0) | vgetq_lane_u32(widest, 1) | vgetq_lane_u32(widest, 2) | vgetq_lane_u32(widest, 3);
    const int32_t headroom = 31 - eg_bit_length(all);
    /* To the right with rounding, or to the left. */
    const int32x4_t shift = vdupq_n_s32(headroom - 3);
    for (int32_t *word = words; word != end; word += LANES) {
        vstrwq_s32(word, vrshlq_s32(vldrwq_s32(word), shift));
    }
    return headroom;
}

/* One component of the 5-point transform. */
static EG_ALWAYS_INLINE void radix5_halves(const int32x4_t x[5], int32x4_t even[3], int32x4_t odd[2]) {
    const int32x4_t root5 = vdupq_n_s32(eg_frontend.root5), sine72 = vdupq_n_s32(eg_frontend.sine72);
    const int32x4_t sine144 = vdupq_n_s32(eg_frontend.sine144);
    const int32x4_t t1 = vaddq_s32(x[1], x[4]), t2 = vaddq_s32(x[2], x[3]);
    const int32x4_t t3 = vsubq_s32(x[1], x[4]), t4 = vsubq_s32(x[2], x[3]);
    const int32x4_t t5 = vaddq_s32(t1, t2), apart = vsubq_s32(t1, t2);
    const int32x4_t center = vsubq_s32(x[0], vrshrq_n_s32(t5, 2));
    const int32x4_t swing = vsubq_s32(apart, vrmulhq_s32(apart, root5));
    even[0] = vaddq_s32(x[0], t5);
    even[1] = vaddq_s32(center, swing);
    even[2] = vsubq_s32(center, swing);
    odd[0] = vaddq_s32(vsubq_s32(t3, vrmulhq_s32(t3, sine72)), vsubq_s32(t4, vrmulhq_s32(t4, sine144)));
    odd[1] = vsubq_s32(vsubq_s32(t3, vrmulhq_s32(t3, sine144)), vsubq_s32(t4, vrmulhq_s32(t4, sine72)));
}

/* The 5-point transform of z[0], z[stride], ... in place, outputs in order. */
static void radix5(eg_complex_t *z, uint32_t stride) {
    int32x4_t re[5], im[5], even_re[3], even_im[3], odd_re[2], odd_im[2];
    for (uint32_t i = 0; i < 5; i++) {
        const four_t value = load(z + i * stride);
        re[i] = value.re;
        im[i] = value.im;
    }
    radix5_halves(re, even_re, odd_re);
    radix5_halves(im, even_im, odd_im);
    store(z, (four_t){even_re[0], even_im[0]});
    store(z + stride, (four_t){vaddq_s32(even_re[1], odd_im[0]), vsubq_s32(even_im[1], odd_re[0])});
    store(z + 2 * stride, (four_t){vaddq_s32(even_re[2], odd_im[1]), vsubq_s32(even_im[2], odd_re[1])});
    store(z + 3 * stride, (four_t){vsubq_s32(even_re[2], odd_im[1]), vaddq_s32(even_im[2], odd_re[1])});
    store(z + 4 * stride, (four_t){vsubq_s32(even_re[1], odd_im[0]), vaddq_s32(even_im[1], odd_re[0])});
}

/* Step 4 of four columns. */
static __attribute__((noinline)) void transform_columns(eg_complex_t *z) {
    const int32_t *factor = eg_frontend.twiddles_25;
    for (uint32_t n = 0; n < 5; n++) {
        eg_complex_t *first = z + n * COLUMNS;
        radix5(first, 5 * COLUMNS);
        const four_t value = load(first);
        store(first, (four_t){vrshrq_n_s32(value.re, 3), vrshrq_n_s32(value.im, 3)});
        for (uint32_t k = 1; k < 5; k++, factor += 2) {
            eg_complex_t *place = first + 5 * k * COLUMNS;
            store(place, rotate(load(place), vdupq_n_s32(factor[0]), vdupq_n_s32(factor[1])));
        }
    }
    for (uint32_t block = 0; block < ROWS; block += 5) {
        radix5(z + block * COLUMNS, COLUMNS);
    }
}

/* Step 5 of bins k to k + 3 below BINS / 2, and the bins that mirror them. */
static void split_four(eg_complex_t *z, uint32_t k) {
    const mve_pred16_t active = vctp32q(BINS / 2 - k);
    const uint32x4_t bins = vidupq_n_u32(k, 1);
    const uint16_t *place = eg_frontend.place;
    const uint32x4_t low = vshlq_n_u32(vldrhq_gather_shifted_offset_z_u32(place, bins, active), 3);
    const uint32x4_t mirrored = vsubq_u32(vdupq_n_u32(BINS), bins);
    const uint32x4_t high = vshlq_n_u32(vldrhq_gather_shifted_offset_z_u32(place, mirrored, active), 3);
    const uint32x4_t pairs = vshlq_n_u32(bins, 1);
    const int32_t *factors = eg_frontend.twiddles_real;
    const uint32x4_t turns = vsubq_n_u32(pairs, 2);
    const int32x4_t c = vldrwq_gather_shifted_offset_z_s32(factors, turns, active);
    const int32x4_t s = vldrwq_gather_shifted_offset_z_s32(factors + 1, turns, active);
    const four_t a = gather(z, low), b = gather(z, high);
    const int32x4_t even_re = vrshrq_n_s32(vaddq_s32(a.re, b.re), 2);
    const int32x4_t even_im = vrshrq_n_s32(vsubq_s32(a.im, b.im), 2);
    const four_t odd = rotate((four_t){vaddq_s32(a.im, b.im), vsubq_s32(b.re, a.re)}, c, s);
    vstrwq_scatter_offset_p_s32(&z->re, low, vaddq_s32(even_re, odd.re), active);
    vstrwq_scatter_offset_p_s32(&z->im, low, vaddq_s32(even_im, odd.im), active);
    vstrwq_scatter_offset_p_s32(&z->re, high, vsubq_s32(even_re, odd.re), active);
    vstrwq_scatter_offset_p_s32(&z->im, high, vsubq_s32(odd.im, even_im), active);
}

static void split_real(eg_complex_t *z) {
    for (uint32_t k = 1; k < BINS / 2; k += LANES) {
        split_four(z, k);
    }
    eg_complex_t *middle = z + eg_frontend.place[BINS / 2];
    *middle = (eg_complex_t){(middle->re + 1) >> 1, (1 - middle->im) >> 1};
}

int32_t eg_fft_1600(eg_complex_t *z) {
    for (uint32_t row = 0; row < ROWS; row++) {
        transform_row(z + row * COLUMNS);
    }
    const int32_t headroom = normalize(z);
    for (uint32_t column = 0; column < COLUMNS; column += LANES) {
        transform_columns(z + column);
    }
    split_real(z);
    return headroom;
}

#endif
