/* Vectors of sixteen int32 with AVX-512 VNNI: what the kernels of eg_matmul_avx.c and eg_depthwise_3x3_avx.c are made of.
 *
 * VPDPBUSD multiplies unsigned by signed bytes, so 128 is added to every value, and 128 times the sum of the weights is
 * taken off the bias when it is packed (eg_pack.c); sums wrap around, the final one fits.
 */
#ifndef EG_VNNI_H
#define EG_VNNI_H

#include <immintrin.h>
#include <string.h>

#include "eg_layers.h"

enum { EG_LANES = 16, EG_POSITIONS = 6, EG_VALUE_OFFSET = 128 };

typedef __m512i eg_vector_t;

/* Values as eg_dot multiplies them: bytes plus 128. */
typedef __m512i eg_values_t;

static inline eg_vector_t eg_load(const void *place) {
    return _mm512_loadu_si512(place);
}

/* `count` bytes, at most 64, then anything. */
static inline eg_vector_t eg_load_bytes(const int8_t *place, uint32_t count) {
    return count >= 64 ? eg_load(place) : _mm512_maskz_loadu_epi8(((uint64_t)1 << count) - 1, place);
}

static inline void eg_store_bytes(int8_t *place, eg_vector_t bytes, uint32_t count) {
    if (count >= 64) {
        _mm512_storeu_si512(place, bytes);
    } else {
        _mm512_mask_storeu_epi8(place, ((uint64_t)1 << count) - 1, bytes);
    }
}

static inline eg_values_t eg_values(eg_vector_t bytes) {
    return _mm512_xor_si512(bytes, _mm512_set1_epi8(-128));
}

/* The same four values in every lane. */
static inline eg_values_t eg_four_values(const int8_t *place) {
    int32_t word;
    memcpy(&word, place, sizeof word);
    return eg_values(_mm512_set1_epi32(word));
}

/* sum + the products of four values and four weights in each lane. */
static inline eg_vector_t eg_dot(eg_vector_t sum, eg_values_t values, eg_vector_t weights) {
    /* The intrinsic makes GCC 12 copy and spill the sums of a large block. */
    __asm__("vpdpbusd %2, %1, %0" : "+v"(sum) : "v"(values), "v"(weights));
    return sum;
}

/* One byte of each of three vectors in every lane, for the first sixteen of their bytes, the next sixteen and so on. */
static inline void eg_interleave(eg_vector_t first, eg_vector_t second, eg_vector_t third, eg_vector_t out[4]) {
    const __m512i order = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
    first = _mm512_permutexvar_epi32(order, first);
    second = _mm512_permutexvar_epi32(order, second);
    third = _mm512_permutexvar_epi32(order, third);
    const __m512i low = _mm512_unpacklo_epi8(first, second), high = _mm512_unpackhi_epi8(first, second);
    const __m512i third_low = _mm512_unpacklo_epi8(third, third), third_high = _mm512_unpackhi_epi8(third, third);
    out[0] = _mm512_unpacklo_epi16(low, third_low);
    out[1] = _mm512_unpackhi_epi16(low, third_low);
    out[2] = _mm512_unpacklo_epi16(high, third_high);
    out[3] = _mm512_unpackhi_epi16(high, third_high);
}

#ifdef EG_ARITHMETIC_Q31

static inline eg_vector_t eg_scale(eg_vector_t sums, eg_vector_t multipliers, eg_vector_t shifts) {
    const __m512i half = _mm512_set1_epi64((int64_t)1 << 30);
    /* (sum * multiplier + half) >> 31 of even and of odd lanes, each in 64 bits. */
    __m512i even = _mm512_add_epi64(_mm512_mul_epi32(sums, multipliers), half);
    __m512i odd = _mm512_mul_epi32(_mm512_srli_epi64(sums, 32), _mm512_srli_epi64(multipliers, 32));
    even = _mm512_srli_epi64(even, 31);
    odd = _mm512_slli_epi64(_mm512_srli_epi64(_mm512_add_epi64(odd, half), 31), 32);
    const __m512i high = _mm512_mask_blend_epi32(0xAAAA, even, odd);
    const __m512i one = _mm512_set1_epi32(1);
    const __m512i rounding = _mm512_sllv_epi32(one, _mm512_sub_epi32(shifts, one));
    return _mm512_srav_epi32(_mm512_add_epi32(_mm512_add_epi32(high, rounding), _mm512_srai_epi32(high, 31)), shifts);
}

#else

static inline eg_vector_t eg_scale(eg_vector_t sums, eg_vector_t scales, eg_vector_t unused) {
    (void)unused;
    return _mm512_cvtps_epi32(_mm512_mul_ps(_mm512_cvtepi32_ps(sums), _mm512_castsi512_ps(scales)));
}

#endif

/* Four vectors of int32 as bytes: plus zero_out, clamped to [low, 127]. */
static inline eg_vector_t eg_narrow(const eg_layer_t *layer, const eg_vector_t steps[4]) {
    const __m512i order = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
    const __m512i zero = _mm512_set1_epi16(layer->zero_out);
    const __m512i low = _mm512_adds_epi16(_mm512_packs_epi32(steps[0], steps[1]), zero);
    const __m512i high = _mm512_adds_epi16(_mm512_packs_epi32(steps[2], steps[3]), zero);
    const __m512i bytes = _mm512_max_epi8(_mm512_packs_epi16(low, high), _mm512_set1_epi8(layer->low));
    return _mm512_permutexvar_epi32(order, bytes);
}

#endif
