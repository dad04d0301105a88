/* 1600 real samples as 800 complex ones, 800 = 32 x 25 by Good and Thomas' prime factor form: no twiddles in between.
 *
 * Steps, roundings and bounds are described in edgegenre/frontend/integer.py (numbers as there); this equals
 * fft_integer.py to the bit. A factor (c, s) turns by c - i s, each product rounded by itself.
 */
#include "eg_fft.h"

#include "eg_compiler.h"

#include "eg_fixed_point.h"
#include "eg_frontend_tables.h"
#include "eg_values.h"

#if EG_FRAME_SAMPLES > 0 && !EG_POWER_OF_TWO && !defined(EG_FRONTEND_FLOAT32) && !EG_MVE

enum { ROWS = 25, COLUMNS = 32, BINS = 800 };

static EG_ALWAYS_INLINE eg_complex_t sum(eg_complex_t a, eg_complex_t b) {
    return (eg_complex_t){a.re + b.re, a.im + b.im};
}

static EG_ALWAYS_INLINE eg_complex_t difference(eg_complex_t a, eg_complex_t b) {
    return (eg_complex_t){a.re - b.re, a.im - b.im};
}

static EG_ALWAYS_INLINE eg_complex_t rotate(eg_complex_t z, const int32_t *factor) {
    const int32_t c = factor[0], s = factor[1];
    return (eg_complex_t){eg_add_multiply_high(eg_multiply_high(z.re, c), z.im, s),
                          eg_multiply_high(z.im, c) - eg_multiply_high(z.re, s)};
}

/* The exact 4-point transform of z[0], z[stride], ... in place, outputs in order. */
static EG_ALWAYS_INLINE void radix4(eg_complex_t *z, uint32_t stride) {
    const eg_complex_t a = z[0], b = z[stride], c = z[2 * stride], d = z[3 * stride];
    const eg_complex_t p = sum(a, c), q = difference(a, c), r = sum(b, d), s = difference(b, d);
    z[0] = sum(p, r);
    z[stride] = (eg_complex_t){q.re + s.im, q.im - s.re};
    z[2 * stride] = difference(p, r);
    z[3 * stride] = (eg_complex_t){q.re - s.im, q.im + s.re};
}

/* Step 2b: halves of a block of 8: sums, and differences times W(8)**n, both divided by 2. */
static EG_ALWAYS_INLINE void radix2_of_8(eg_complex_t *z) {
    const int32_t root = eg_frontend.root_half;
    eg_complex_t d[4];
    for (uint32_t n = 0; n < 4; n++) {
        const eg_complex_t u = sum(z[n], z[n + 4]);
        d[n] = difference(z[n], z[n + 4]);
        z[n] = (eg_complex_t){(u.re + 1) >> 1, (u.im + 1) >> 1};
    }
    z[4] = (eg_complex_t){(d[0].re + 1) >> 1, (d[0].im + 1) >> 1};
    z[5] = (eg_complex_t){eg_multiply_high(d[1].re + d[1].im, root), eg_multiply_high(d[1].im - d[1].re, root)};
    z[6] = (eg_complex_t){(d[2].im + 1) >> 1, (1 - d[2].re) >> 1};
    z[7] = (eg_complex_t){eg_multiply_high(d[3].im - d[3].re, root), eg_multiply_high(-d[3].re - d[3].im, root)};
}

/* Step 2: one row of 32 points, divided by 8; frequency k + 4 h + 8 j ends in column 8 k + 4 h + j. Returns the bits that
 * say how wide its values are. */
static uint32_t transform_row(eg_complex_t *z) {
    uint32_t widest = 0;
    const int32_t *factor = eg_frontend.twiddles_32;
    for (uint32_t n = 0; n < 8; n++) {
        radix4(z + n, 8);
        z[n] = (eg_complex_t){(z[n].re + 2) >> 2, (z[n].im + 2) >> 2};
        for (uint32_t k = 1; k < 4; k++, factor += 2) {
            z[n + 8 * k] = rotate(z[n + 8 * k], factor);
        }
    }
    for (uint32_t block = 0; block < COLUMNS; block += 8) {
        radix2_of_8(z + block);
        radix4(z + block, 1);
        radix4(z + block + 4, 1);
        EG_UNROLL
        for (uint32_t i = block; i < block + 8; i++) {
            widest |= eg_magnitude(z[i].re) | eg_magnitude(z[i].im);
        }
    }
    return widest;
}

/* Step 3: by what power of two a frame is scaled, so that its widest value just fits 28 bits and a sign. */
typedef struct {
    int32_t half, right, left;
} scaling_t;

static scaling_t scaling_of(int32_t headroom) {
    const int32_t right = headroom < 3 ? 3 - headroom : 0;
    return (scaling_t){((int32_t)1 << right) >> 1, right, headroom > 3 ? headroom - 3 : 0};
}

static EG_ALWAYS_INLINE int32_t scaled(int32_t value, scaling_t scaling) {
    return eg_shift_left((value + scaling.half) >> scaling.right, scaling.left);
}

/* One component of the 5-point transform: x[0] + ..., two cosine combinations; two sine combinations. x * c is written
 * as x - x * (1 - c) because no c times 2**32 would fit. */
static EG_ALWAYS_INLINE void radix5_halves(const int32_t *x, int32_t *even, int32_t *odd) {
    const int32_t root5 = eg_frontend.root5, sine72 = eg_frontend.sine72, sine144 = eg_frontend.sine144;
    const int32_t t1 = x[1] + x[4], t2 = x[2] + x[3], t3 = x[1] - x[4], t4 = x[2] - x[3];
    const int32_t t5 = t1 + t2, apart = t1 - t2;
    const int32_t center = x[0] - ((t5 + 2) >> 2), swing = apart - eg_multiply_high(apart, root5);
    even[0] = x[0] + t5;
    even[1] = center + swing;
    even[2] = center - swing;
    odd[0] = (t3 - eg_multiply_high(t3, sine72)) + (t4 - eg_multiply_high(t4, sine144));
    odd[1] = (t3 - eg_multiply_high(t3, sine144)) - (t4 - eg_multiply_high(t4, sine72));
}

/* The 5-point transform, to z[0], z[stride], ... in order. */
static EG_ALWAYS_INLINE void radix5(const int32_t *re, const int32_t *im, eg_complex_t *z, uint32_t stride) {
    int32_t even_re[3], even_im[3], odd_re[2], odd_im[2];
    radix5_halves(re, even_re, odd_re);
    radix5_halves(im, even_im, odd_im);
    z[0] = (eg_complex_t){even_re[0], even_im[0]};
    z[stride] = (eg_complex_t){even_re[1] + odd_im[0], even_im[1] - odd_re[0]};
    z[2 * stride] = (eg_complex_t){even_re[2] + odd_im[1], even_im[2] - odd_re[1]};
    z[3 * stride] = (eg_complex_t){even_re[2] - odd_im[1], even_im[2] + odd_re[1]};
    z[4 * stride] = (eg_complex_t){even_re[1] - odd_im[0], even_im[1] + odd_re[0]};
}

/* Steps 3 and 4: one column of 25 points, scaled, transformed and divided by 8; frequency k + 5 j ends in row 5 k + j. */
static void transform_column(eg_complex_t *z, scaling_t scaling) {
    const int32_t *factor = eg_frontend.twiddles_25;
    int32_t re[5], im[5];
    for (uint32_t n = 0; n < 5; n++) {
        eg_complex_t *first = z + n * COLUMNS;
        for (uint32_t i = 0; i < 5; i++) {
            re[i] = scaled(first[5 * i * COLUMNS].re, scaling);
            im[i] = scaled(first[5 * i * COLUMNS].im, scaling);
        }
        radix5(re, im, first, 5 * COLUMNS);
        first[0] = (eg_complex_t){(first[0].re + 4) >> 3, (first[0].im + 4) >> 3};
        for (uint32_t k = 1; k < 5; k++, factor += 2) {
            first[5 * k * COLUMNS] = rotate(first[5 * k * COLUMNS], factor);
        }
    }
    for (uint32_t block = 0; block < ROWS; block += 5) {
        eg_complex_t *first = z + block * COLUMNS;
        for (uint32_t i = 0; i < 5; i++) {
            re[i] = first[i * COLUMNS].re;
            im[i] = first[i * COLUMNS].im;
        }
        radix5(re, im, first, COLUMNS);
    }
}

/* Step 5: from the bins of the complex transform to those of the real one, divided by 2. */
static void split_real(eg_complex_t *z) {
    const uint16_t *place = eg_frontend.place;
    for (uint32_t k = 1; k < BINS / 2; k++) {
        eg_complex_t *low = z + place[k], *high = z + place[BINS - k];
        const eg_complex_t a = *low, b = *high;
        const int32_t even_re = (a.re + b.re + 2) >> 2, even_im = (a.im - b.im + 2) >> 2;
        const eg_complex_t odd =
            rotate((eg_complex_t){a.im + b.im, b.re - a.re}, eg_frontend.twiddles_real + 2 * (k - 1));
        *low = (eg_complex_t){even_re + odd.re, even_im + odd.im};
        *high = (eg_complex_t){even_re - odd.re, odd.im - even_im};
    }
    eg_complex_t *middle = z + place[BINS / 2];
    *middle = (eg_complex_t){(middle->re + 1) >> 1, (1 - middle->im) >> 1};
}

int32_t eg_fft_1600(eg_complex_t *z) {
    uint32_t widest = 0;
    for (uint32_t row = 0; row < ROWS; row++) {
        widest |= transform_row(z + row * COLUMNS);
    }
    const int32_t headroom = 31 - eg_bit_length(widest);
    const scaling_t scaling = scaling_of(headroom);
    for (uint32_t column = 0; column < COLUMNS; column++) {
        transform_column(z + column, scaling);
    }
    split_real(z);
    return headroom;
}

#endif
