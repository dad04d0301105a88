/* Sixteen accumulators to sixteen outputs with AVX-512. */
#ifndef EG_VNNI_H
#define EG_VNNI_H

#include <immintrin.h>

#include "eg_requantize.h"

/* Equals eg_requantize to the bit for the sixteen channels from `channel` on, of which those in `exist` exist. */
static inline void eg_requantize_16(const eg_layer_t *layer, uint32_t channel, __mmask16 exist, __m512i sums,
                                    int8_t *out) {
#ifdef EG_ARITHMETIC_Q31
    const __m512i multipliers = _mm512_maskz_loadu_epi32(exist, layer->multipliers + channel);
    const __m512i shifts = _mm512_cvtepu8_epi32(_mm_maskz_loadu_epi8(exist, layer->shifts + channel));
    const __m512i half = _mm512_set1_epi64((int64_t)1 << 30);
    /* (sum * multiplier + half) >> 31 of even and of odd lanes, each in 64 bits. */
    __m512i even = _mm512_add_epi64(_mm512_mul_epi32(sums, multipliers), half);
    __m512i odd = _mm512_mul_epi32(_mm512_srli_epi64(sums, 32), _mm512_srli_epi64(multipliers, 32));
    even = _mm512_srli_epi64(even, 31);
    odd = _mm512_slli_epi64(_mm512_srli_epi64(_mm512_add_epi64(odd, half), 31), 32);
    const __m512i high = _mm512_mask_blend_epi32(0xAAAA, even, odd);
    const __m512i one = _mm512_set1_epi32(1);
    const __m512i rounding =
        _mm512_add_epi32(_mm512_sllv_epi32(one, _mm512_sub_epi32(shifts, one)), _mm512_srai_epi32(high, 31));
    __m512i value = _mm512_srav_epi32(_mm512_add_epi32(high, rounding), shifts);
#else
    const __m512 scales = _mm512_maskz_loadu_ps(exist, layer->scales + channel);
    __m512 scaled = _mm512_mul_ps(_mm512_cvtepi32_ps(sums), scales);
    scaled = _mm512_min_ps(_mm512_max_ps(scaled, _mm512_set1_ps(-512.0f)), _mm512_set1_ps(512.0f));
    __m512i value = _mm512_cvtps_epi32(scaled);
#endif
    value = _mm512_add_epi32(value, _mm512_set1_epi32(layer->zero_out));
    value = _mm512_max_epi32(value, _mm512_set1_epi32(layer->low));
    _mm512_mask_cvtsepi32_storeu_epi8(out, exist, value);
}

/* The channels from `channel` on that exist, of sixteen. */
static inline __mmask16 eg_existing(uint32_t channel, uint32_t channels) {
    const uint32_t left = channels - channel;
    return (__mmask16)(left >= 16 ? 0xFFFF : (1u << left) - 1);
}

#endif
