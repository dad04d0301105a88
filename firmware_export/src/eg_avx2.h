/* Vectors of eight int32 with AVX2: what the kernels of eg_matmul_avx.c and eg_depthwise_3x3_avx.c are made of.
 *
 * VPMADDUBSW multiplies unsigned by signed bytes and sums two products in 16 bits. It is given the magnitude of a value,
 * at most 128, and the weight with the value's sign; no weight is -128, so two products are at most 2 * 128 * 127 and
 * nothing saturates.
 */
#ifndef EG_AVX2_H
#define EG_AVX2_H

#include <immintrin.h>
#include <string.h>

#include "eg_layers.h"

enum { EG_LANES = 8, EG_POSITIONS = 2, EG_VALUE_OFFSET = 0 };

typedef __m256i eg_vector_t;

/* Values as eg_dot multiplies them. */
typedef struct {
    __m256i bytes, magnitudes;
} eg_values_t;

static inline eg_vector_t eg_load(const void *place) {
    return _mm256_loadu_si256(place);
}

/* `count` bytes, at most 32, then anything. */
static inline eg_vector_t eg_load_bytes(const int8_t *place, uint32_t count) {
    if (count >= 32) {
        return eg_load(place);
    }
    int8_t bytes[32] = {0};
    memcpy(bytes, place, count);
    return eg_load(bytes);
}

static inline void eg_store_bytes(int8_t *place, eg_vector_t bytes, uint32_t count) {
    if (count >= 32) {
        _mm256_storeu_si256((__m256i *)(void *)place, bytes);
    } else {
        int8_t all[32];
        _mm256_storeu_si256((__m256i *)(void *)all, bytes);
        memcpy(place, all, count);
    }
}

static inline eg_values_t eg_values(eg_vector_t bytes) {
    return (eg_values_t){bytes, _mm256_abs_epi8(bytes)};
}

/* The same four values in every lane. */
static inline eg_values_t eg_four_values(const int8_t *place) {
    int32_t word;
    memcpy(&word, place, sizeof word);
    return eg_values(_mm256_set1_epi32(word));
}

/* sum + the products of four values and four weights in each lane. */
static inline eg_vector_t eg_dot(eg_vector_t sum, eg_values_t values, eg_vector_t weights) {
    const __m256i pairs = _mm256_maddubs_epi16(values.magnitudes, _mm256_sign_epi8(weights, values.bytes));
    return _mm256_add_epi32(sum, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
}

/* One byte of each of three vectors in every lane, for the first eight of their bytes, the next eight and so on. */
static inline void eg_interleave(eg_vector_t first, eg_vector_t second, eg_vector_t third, eg_vector_t out[4]) {
    const __m256i order = _mm256_setr_epi32(0, 2, 4, 6, 1, 3, 5, 7);
    first = _mm256_permutevar8x32_epi32(first, order);
    second = _mm256_permutevar8x32_epi32(second, order);
    third = _mm256_permutevar8x32_epi32(third, order);
    const __m256i low = _mm256_unpacklo_epi8(first, second), high = _mm256_unpackhi_epi8(first, second);
    const __m256i third_low = _mm256_unpacklo_epi8(third, third), third_high = _mm256_unpackhi_epi8(third, third);
    out[0] = _mm256_unpacklo_epi16(low, third_low);
    out[1] = _mm256_unpackhi_epi16(low, third_low);
    out[2] = _mm256_unpacklo_epi16(high, third_high);
    out[3] = _mm256_unpackhi_epi16(high, third_high);
}

#ifdef EG_ARITHMETIC_Q31

static inline eg_vector_t eg_scale(eg_vector_t sums, eg_vector_t multipliers, eg_vector_t shifts) {
    const __m256i half = _mm256_set1_epi64x((int64_t)1 << 30);
    /* (sum * multiplier + half) >> 31 of even and of odd lanes, each in 64 bits. */
    __m256i even = _mm256_add_epi64(_mm256_mul_epi32(sums, multipliers), half);
    __m256i odd = _mm256_mul_epi32(_mm256_srli_epi64(sums, 32), _mm256_srli_epi64(multipliers, 32));
    even = _mm256_srli_epi64(even, 31);
    odd = _mm256_slli_epi64(_mm256_srli_epi64(_mm256_add_epi64(odd, half), 31), 32);
    const __m256i high = _mm256_blend_epi32(even, odd, 0xAA);
    const __m256i one = _mm256_set1_epi32(1);
    const __m256i rounding = _mm256_sllv_epi32(one, _mm256_sub_epi32(shifts, one));
    return _mm256_srav_epi32(_mm256_add_epi32(_mm256_add_epi32(high, rounding), _mm256_srai_epi32(high, 31)), shifts);
}

#else

static inline eg_vector_t eg_scale(eg_vector_t sums, eg_vector_t scales, eg_vector_t unused) {
    (void)unused;
    return _mm256_cvtps_epi32(_mm256_mul_ps(_mm256_cvtepi32_ps(sums), _mm256_castsi256_ps(scales)));
}

#endif

/* Four vectors of int32 as bytes: plus zero_out, clamped to [low, 127]. */
static inline eg_vector_t eg_narrow(const eg_layer_t *layer, const eg_vector_t steps[4]) {
    const __m256i order = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);
    const __m256i zero = _mm256_set1_epi16(layer->zero_out);
    const __m256i low = _mm256_adds_epi16(_mm256_packs_epi32(steps[0], steps[1]), zero);
    const __m256i high = _mm256_adds_epi16(_mm256_packs_epi32(steps[2], steps[3]), zero);
    const __m256i bytes = _mm256_max_epi8(_mm256_packs_epi16(low, high), _mm256_set1_epi8(layer->low));
    return _mm256_permutevar8x32_epi32(bytes, order);
}

#endif
