/* 1600 real samples as 800 complex ones, 800 = 32 x 25 by Good and Thomas' prime factor form, in float32.
 *
 * The complex values lie as [32 columns][25 rows][re, im]: sample pair n in column 9 n mod 32, row 18 n mod 25. Four
 * passes work in place: four points of each row of 32 (together with the window), the other eight; five points of each
 * column of 25, the other five. A factor (c, s) turns by c - i s. No pass loses more than the rounding of float32, and
 * without contraction every machine rounds alike.
 */
#include "eg_fft_float.h"

#include "eg_values.h"

#if EG_FRAME_SAMPLES > 0 && defined(EG_FRONTEND_FLOAT32)

#include "eg_frontend_tables.h"

enum { ROWS = 25, COLUMNS = 32, PAIRS = 800, QUARTER = 400, COMPLEX = 2, COLUMN = ROWS * COMPLEX };

typedef struct {
    float re, im;
} complex_t;

static inline complex_t load(const eg_real_t *place) {
    return (complex_t){place[0], place[1]};
}

static inline void store(eg_real_t *place, complex_t value) {
    place[0] = value.re;
    place[1] = value.im;
}

static inline complex_t sum(complex_t a, complex_t b) {
    return (complex_t){a.re + b.re, a.im + b.im};
}

static inline complex_t difference(complex_t a, complex_t b) {
    return (complex_t){a.re - b.re, a.im - b.im};
}

/* z times -i. */
static inline complex_t quarter_turn(complex_t z) {
    return (complex_t){z.im, -z.re};
}

static inline complex_t rotate(complex_t z, const float *factor) {
    const float c = factor[0], s = factor[1];
    return (complex_t){z.re * c + z.im * s, z.im * c - z.re * s};
}

/* Four samples a quarter of the frame apart, in the order of time, walking through the ring. */
typedef struct {
    const int16_t *sample[4];
    uint32_t until_wrap; /* one of the four then reaches the end of the ring */
} quarters_t;

static quarters_t quarters_from(const int16_t *pcm, uint32_t start) {
    quarters_t walk;
    for (uint32_t j = 0; j < 4; j++) {
        walk.sample[j] = pcm + (start + j * QUARTER) % EG_FRAME_SAMPLES;
    }
    walk.until_wrap = QUARTER - start % QUARTER;
    return walk;
}

/* Sums and differences of windowed samples x0 and x2, x1 and x3. */
typedef struct {
    float even_sum, even_difference, odd_sum, odd_difference;
} butterfly_t;

/* Twice the Hann window at the four samples is 1 - c, 1 + s, 1 + c, 1 - s with the turn (c, s) of the first one. */
static inline butterfly_t windowed(quarters_t *walk, const int16_t *pcm, const float *turn) {
    if (walk->until_wrap-- == 0) {
        for (uint32_t j = 0; j < 4; j++) {
            walk->sample[j] = walk->sample[j] == pcm + EG_FRAME_SAMPLES ? pcm : walk->sample[j];
        }
    }
    const float x0 = (float)*walk->sample[0]++, x1 = (float)*walk->sample[1]++;
    const float x2 = (float)*walk->sample[2]++, x3 = (float)*walk->sample[3]++;
    const float c = turn[0], s = turn[1];
    return (butterfly_t){(x0 + x2) - c * (x0 - x2), (x0 - x2) - c * (x0 + x2), (x1 + x3) + s * (x1 - x3),
                         (x1 - x3) + s * (x1 + x3)};
}

/* Pass 1: the window and the four points of columns c, c + 8, c + 16, c + 24; frequency k ends in column c + 8 k,
 * turned by c k / 32. Sample pairs m, m + 200, m + 400, m + 600 are such a set that begins in column 9 m mod 32; to
 * begin with another of the four turns frequency k by quarters, which the factor of that column holds. */
static void window_and_radix4(const int16_t *pcm, uint32_t start, eg_real_t *z) {
    quarters_t walk = quarters_from(pcm, start);
    const float *turn = eg_float_frontend.turns_1600;
    uint32_t row = 0, column = 0;
    for (uint32_t m = 0; m < PAIRS / 4; m++, turn += 4) {
        const butterfly_t re = windowed(&walk, pcm, turn), im = windowed(&walk, pcm, turn + 2);
        const float *factors = eg_float_frontend.turns_32 + column * 6;
        const complex_t second = {re.even_difference + im.odd_difference, im.even_difference - re.odd_difference};
        const complex_t third = {re.even_sum - re.odd_sum, im.even_sum - im.odd_sum};
        const complex_t fourth = {re.even_difference - im.odd_difference, im.even_difference + re.odd_difference};
        eg_real_t *first = z + column % 8 * COLUMN + row * COMPLEX;
        store(first, (complex_t){re.even_sum + re.odd_sum, im.even_sum + im.odd_sum});
        store(first + 8 * COLUMN, rotate(second, factors));
        store(first + 16 * COLUMN, rotate(third, factors + 2));
        store(first + 24 * COLUMN, rotate(fourth, factors + 4));
        row = row + 18 < ROWS ? row + 18 : row + 18 - ROWS;
        column = (column + 9) % COLUMNS;
    }
}

static inline void radix4(complex_t a, complex_t b, complex_t c, complex_t d, eg_real_t *out, int32_t step) {
    const complex_t p = sum(a, c), q = difference(a, c), r = sum(b, d), s = quarter_turn(difference(b, d));
    store(out, sum(p, r));
    store(out + step, sum(q, s));
    store(out + 2 * step, difference(p, r));
    store(out + 3 * step, difference(q, s));
}

/* Pass 2: eight points, a column apart, in place and in order. */
static void radix8(eg_real_t *z) {
    const float root = eg_float_frontend.root_half;
    complex_t u[4], d[4];
    for (int32_t n = 0; n < 4; n++) {
        const complex_t a = load(z + n * COLUMN), b = load(z + (n + 4) * COLUMN);
        u[n] = sum(a, b);
        d[n] = difference(a, b);
    }
    const complex_t d1 = {(d[1].re + d[1].im) * root, (d[1].im - d[1].re) * root};
    const complex_t d3 = {(d[3].im - d[3].re) * root, (d[3].re + d[3].im) * -root};
    radix4(u[0], u[1], u[2], u[3], z, 2 * COLUMN);
    radix4(d[0], d1, quarter_turn(d[2]), d3, z + COLUMN, 2 * COLUMN);
}

/* The five-point transform in order, z[0] to z[4]. */
static inline void radix5(complex_t *z) {
    const float root5 = eg_float_frontend.root5, sine72 = eg_float_frontend.sine72;
    const float sine144 = eg_float_frontend.sine144;
    const complex_t t1 = sum(z[1], z[4]), t2 = sum(z[2], z[3]);
    const complex_t t3 = difference(z[1], z[4]), t4 = difference(z[2], z[3]), t5 = sum(t1, t2);
    const complex_t center = {z[0].re - t5.re * 0.25f, z[0].im - t5.im * 0.25f};
    const complex_t swing = {(t1.re - t2.re) * root5, (t1.im - t2.im) * root5};
    const complex_t wide = {t3.im * sine72 + t4.im * sine144, -t3.re * sine72 - t4.re * sine144};
    const complex_t narrow = {t3.im * sine144 - t4.im * sine72, t4.re * sine72 - t3.re * sine144};
    const complex_t inner = sum(center, swing), outer = difference(center, swing);
    z[0] = sum(z[0], t5);
    z[1] = sum(inner, wide);
    z[2] = sum(outer, narrow);
    z[3] = difference(outer, narrow);
    z[4] = difference(inner, wide);
}

/* Passes 3 and 4: one column of 25 points; frequency k + 5 j ends in row 5 k + j. */
static void transform_column(eg_real_t *column) {
    const float *factors = eg_float_frontend.turns_25;
    complex_t z[5];
    for (uint32_t n = 0; n < 5; n++, factors += 8) {
        eg_real_t *first = column + n * COMPLEX;
        for (uint32_t i = 0; i < 5; i++) {
            z[i] = load(first + 5 * i * COMPLEX);
        }
        radix5(z);
        store(first, z[0]);
        for (uint32_t k = 1; k < 5; k++) {
            store(first + 5 * k * COMPLEX, rotate(z[k], factors + 2 * (k - 1)));
        }
    }
    for (uint32_t block = 0; block < ROWS; block += 5) {
        eg_real_t *first = column + block * COMPLEX;
        for (uint32_t i = 0; i < 5; i++) {
            z[i] = load(first + i * COMPLEX);
        }
        radix5(z);
        for (uint32_t i = 0; i < 5; i++) {
            store(first + i * COMPLEX, z[i]);
        }
    }
}

static inline float power(complex_t z) {
    return z.re * z.re + z.im * z.im;
}

/* From the bins of the complex transform to the powers of those of the real one, times four. */
static void real_powers(eg_real_t *z) {
    const uint16_t *low_place = eg_float_frontend.place, *high_place = low_place + PAIRS;
    const float *turn = eg_float_frontend.turns_1600;
    for (uint32_t k = 1; k < PAIRS / 2; k++) {
        low_place++, high_place--, turn += 2;
        eg_real_t *low = z + *low_place, *high = z + *high_place;
        const complex_t a = load(low), b = load(high);
        const complex_t even = {a.re + b.re, a.im - b.im};
        const complex_t odd = rotate((complex_t){a.im + b.im, b.re - a.re}, turn);
        *low = power(sum(even, odd));
        *high = power(difference(even, odd));
    }
    eg_real_t *middle = z + eg_float_frontend.place[PAIRS / 2];
    *middle = 4.0f * power(load(middle));
}

void eg_power_spectrum_1600(const int16_t *pcm, uint32_t start, eg_real_t *z) {
    window_and_radix4(pcm, start, z);
    for (uint32_t block = 0; block < COLUMNS; block += 8) {
        for (uint32_t row = 0; row < ROWS; row++) {
            radix8(z + block * COLUMN + row * COMPLEX);
        }
    }
    for (uint32_t column = 0; column < COLUMNS; column++) {
        transform_column(z + column * COLUMN);
    }
    real_powers(z);
}

#endif
