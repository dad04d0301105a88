/* eg_matmul with AVX-512 VNNI, for PCs: columns and result as in eg_matmul.c, to the bit; weights as in eg_pack.c.
 *
 * VPDPBUSD multiplies unsigned by signed bytes, so 128 is added to every value, and 128 times the sum of the weights is
 * taken off again; sums wrap around, the final one fits. Sixteen outputs by up to six positions at a time.
 */
#include "eg_kernels.h"

#if EG_VNNI

#include <string.h>

#include "eg_vnni.h"

enum { OUTPUTS = 16, POSITIONS = 6 };

/* Sixteen outputs at `count` positions; a constant where this is inlined. */
static inline __attribute__((always_inline)) void block(const eg_layer_t *layer, const int8_t *w, uint32_t channel,
                                                        const int8_t *x, uint32_t stride, uint32_t count,
                                                        int8_t *out) {
    const uint32_t depth = (uint32_t)layer->kernel_time * layer->kernel_frequency * layer->channels_in;
    const __mmask16 exist = eg_existing(channel, layer->channels_out);
    const __m512i offset = _mm512_set1_epi8(-128);
    __m512i sums[POSITIONS], taken = _mm512_setzero_si512();
    for (uint32_t p = 0; p < count; p++) {
        sums[p] = _mm512_maskz_loadu_epi32(exist, layer->bias + channel);
    }
    for (uint32_t i = 0; i < depth; i += 4, w += 64) {
        const __m512i weights = _mm512_loadu_si512(w);
        taken = _mm512_dpbusd_epi32(taken, offset, weights);
        for (uint32_t p = 0; p < count; p++) {
            int32_t values;
            memcpy(&values, x + p * stride + i, sizeof values);
            sums[p] = _mm512_dpbusd_epi32(sums[p], _mm512_xor_si512(_mm512_set1_epi32(values), offset), weights);
        }
    }
    for (uint32_t p = 0; p < count; p++) {
        eg_requantize_16(layer, channel, exist, _mm512_sub_epi32(sums[p], taken), out + p * layer->channels_out);
    }
}

void eg_matmul(const eg_layer_t *layer, const int8_t *packed, const int8_t *columns, uint32_t column_stride,
               uint32_t positions, int8_t *out, uint32_t step, uint32_t *scratch) {
    (void)step, (void)scratch;
    for (uint32_t channel = 0; channel < layer->channels_out; channel += OUTPUTS) {
        const int8_t *w = packed + channel * layer->weight_stride;
        uint32_t p = 0;
        for (; p + POSITIONS <= positions; p += POSITIONS) {
            block(layer, w, channel, columns + p * column_stride, column_stride, POSITIONS,
                  out + p * layer->channels_out + channel);
        }
        for (; p < positions; p++) {
            block(layer, w, channel, columns + p * column_stride, column_stride, 1,
                  out + p * layer->channels_out + channel);
        }
    }
}

#endif
