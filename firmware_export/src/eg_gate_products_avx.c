/* eg_gate_products with AVX2, for PCs (those with AVX-512 too): result as in eg_gate_products.c, to the bit.
 *
 * VPMADDUBSW multiplies unsigned by signed bytes, so the value's sign is moved to the weight; two products fit int16
 * because no weight is -128.
 */
#include "eg_recurrent.h"

#if EG_RECURRENT && EG_AVX

#include <immintrin.h>
#include <string.h>

#include "eg_kernels.h"

void eg_gate_products(const int8_t *weights, const uint32_t *operand, uint32_t chunks, int32_t sums[EG_PRODUCT_SUMS]) {
    const int8_t *x = (const int8_t *)operand;
    /* Eight weights of a pair's one row, then eight of the other; and the values to match. */
    const __m256i rows =
        _mm256_broadcastsi128_si256(_mm_setr_epi8(0, 2, 4, 6, 8, 10, 12, 14, 1, 3, 5, 7, 9, 11, 13, 15));
    const __m256i ones = _mm256_set1_epi16(1);
    __m256i totals[EG_PAIRS] = {_mm256_setzero_si256(), _mm256_setzero_si256(), _mm256_setzero_si256()};
    for (; chunks > 0; chunks--, x += EG_CHUNK) {
        const __m256i operands = _mm256_castsi128_si256(_mm_loadu_si128((const __m128i *)(const void *)x));
        const __m256i values = _mm256_permute4x64_epi64(operands, 0x50), magnitudes = _mm256_abs_epi8(values);
        EG_UNROLL
        for (uint32_t pair = 0; pair < EG_PAIRS; pair++, weights += EG_PAIR_BYTES) {
            const __m256i both = _mm256_loadu_si256((const __m256i *)(const void *)weights);
            const __m256i signs_moved = _mm256_sign_epi8(_mm256_shuffle_epi8(both, rows), values);
            const __m256i pairs = _mm256_maddubs_epi16(magnitudes, signs_moved);
            totals[pair] = _mm256_add_epi32(totals[pair], _mm256_madd_epi16(pairs, ones));
        }
    }
    for (uint32_t pair = 0; pair < EG_PAIRS; pair++) {
        int32_t lanes[8];
        memcpy(lanes, &totals[pair], sizeof lanes);
        sums[2 * pair] = lanes[0] + lanes[1] + lanes[4] + lanes[5];
        sums[2 * pair + 1] = lanes[2] + lanes[3] + lanes[6] + lanes[7];
    }
}

#endif
