/* eg_matmul with AVX-512 VNNI, for PCs: columns and result as in eg_matmul.c, to the bit; weights as in eg_pack.c.
 *
 * VPDPBUSD multiplies unsigned by signed bytes, so 128 is added to every value, and 128 times the sum of the weights is
 * taken off again; sums wrap around, the final one fits. Thirty-two outputs by six positions at a time.
 */
#include "eg_kernels.h"

#if EG_VNNI

#include <string.h>

#include "eg_vnni.h"

enum { OUTPUTS = 16, GROUPS = 2, POSITIONS = 6 };

/* `groups` times sixteen outputs at `count` positions; both constants where this is inlined. */
static inline __attribute__((always_inline)) void block(const eg_layer_t *layer, const int8_t *packed, uint32_t channel,
                                                        uint32_t groups, const int8_t *x, uint32_t stride,
                                                        uint32_t count, int8_t *out) {
    const uint32_t depth = (uint32_t)layer->kernel_time * layer->kernel_frequency * layer->channels_in;
    const uint32_t group_bytes = OUTPUTS * layer->weight_stride;
    const int8_t *w = packed + channel * layer->weight_stride;
    const __m512i offset = _mm512_set1_epi8(-128);
    __m512i sums[GROUPS][POSITIONS], taken[GROUPS], weights[GROUPS];
    for (uint32_t g = 0; g < groups; g++) {
        const uint32_t first = channel + g * OUTPUTS;
        taken[g] = _mm512_setzero_si512();
        for (uint32_t p = 0; p < count; p++) {
            sums[g][p] = _mm512_maskz_loadu_epi32(eg_existing(first, layer->channels_out), layer->bias + first);
        }
    }
    for (uint32_t i = 0; i < depth; i += 4, w += 4 * OUTPUTS) {
        for (uint32_t g = 0; g < groups; g++) {
            weights[g] = _mm512_loadu_si512(w + g * group_bytes);
            taken[g] = _mm512_dpbusd_epi32(taken[g], offset, weights[g]);
        }
        for (uint32_t p = 0; p < count; p++) {
            int32_t word;
            memcpy(&word, x + p * stride + i, sizeof word);
            const __m512i values = _mm512_xor_si512(_mm512_set1_epi32(word), offset);
            for (uint32_t g = 0; g < groups; g++) {
                sums[g][p] = _mm512_dpbusd_epi32(sums[g][p], values, weights[g]);
            }
        }
    }
    for (uint32_t g = 0; g < groups; g++) {
        const uint32_t first = channel + g * OUTPUTS;
        const __mmask16 exist = eg_existing(first, layer->channels_out);
        for (uint32_t p = 0; p < count; p++) {
            eg_requantize_16(layer, first, exist, _mm512_sub_epi32(sums[g][p], taken[g]),
                             out + p * layer->channels_out + first);
        }
    }
}

static inline __attribute__((always_inline)) void outputs_of(const eg_layer_t *layer, const int8_t *packed,
                                                             uint32_t channel, uint32_t groups, const int8_t *x,
                                                             uint32_t stride, uint32_t positions, int8_t *out) {
    const uint32_t row = layer->channels_out;
    for (; positions >= POSITIONS; positions -= POSITIONS, x += POSITIONS * stride, out += POSITIONS * row) {
        block(layer, packed, channel, groups, x, stride, POSITIONS, out);
    }
    for (; positions > 0; positions--, x += stride, out += row) {
        block(layer, packed, channel, groups, x, stride, 1, out);
    }
}

void eg_matmul(const eg_layer_t *layer, const int8_t *packed, const int8_t *columns, uint32_t column_stride,
               uint32_t positions, int8_t *out, uint32_t step, uint32_t *scratch) {
    (void)step, (void)scratch;
    uint32_t channel = 0;
    for (; channel + OUTPUTS < layer->channels_out; channel += GROUPS * OUTPUTS) {
        outputs_of(layer, packed, channel, GROUPS, columns, column_stride, positions, out);
    }
    if (channel < layer->channels_out) {
        outputs_of(layer, packed, channel, 1, columns, column_stride, positions, out);
    }
}

#endif
