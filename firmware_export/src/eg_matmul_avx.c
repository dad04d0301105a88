/* eg_matmul with AVX-512 VNNI or AVX2, for PCs: columns and result as in eg_matmul.c, to the bit; weights as in eg_avx.h.
 *
 * Four vectors of outputs by EG_POSITIONS positions at a time: four values of a position are multiplied with four weights
 * of every output.
 */
#include "eg_kernels.h"

#if EG_AVX

#include "eg_avx.h"

/* `groups` vectors of outputs, of which `existing` outputs exist, at `count` positions; groups and count are constants
 * where this is inlined. */
static EG_ALWAYS_INLINE void block(const eg_layer_t *layer, const int8_t *packed, uint32_t groups, uint32_t existing,
                                   const int8_t *x, uint32_t stride, uint32_t count, int8_t *out) {
    const uint32_t depth = (uint32_t)layer->kernel_time * layer->kernel_frequency * layer->channels_in;
    const uint32_t packed_bytes = eg_packed_bytes(layer->weight_stride / 4);
    const int8_t *w = packed + sizeof(eg_packed_head_t);
    eg_vector_t sums[EG_POSITIONS][EG_GROUPS];
    EG_UNROLL
    for (uint32_t g = 0; g < groups; g++) {
        EG_UNROLL
        for (uint32_t p = 0; p < count; p++) {
            sums[p][g] = eg_load(eg_packed_head(packed + g * packed_bytes)->bias);
        }
    }
    for (uint32_t i = 0; i < depth; i += 4, w += 4 * EG_LANES) {
        eg_vector_t weights[EG_GROUPS];
        EG_UNROLL
        for (uint32_t g = 0; g < groups; g++) {
            weights[g] = eg_load(w + g * packed_bytes);
        }
        EG_UNROLL
        for (uint32_t p = 0; p < count; p++) {
            const eg_values_t values = eg_four_values(x + p * stride + i);
            EG_UNROLL
            for (uint32_t g = 0; g < groups; g++) {
                sums[p][g] = eg_dot(sums[p][g], values, weights[g]);
            }
        }
    }
    EG_UNROLL
    for (uint32_t p = 0; p < count; p++) {
        eg_requantize_block(layer, packed, packed_bytes, groups, sums[p], out + p * layer->channels_out, existing);
    }
}

static EG_ALWAYS_INLINE void outputs_of(const eg_layer_t *layer, const int8_t *packed, uint32_t groups,
                                        uint32_t existing, const int8_t *x, uint32_t stride, uint32_t positions,
                                        int8_t *out) {
    const uint32_t row = layer->channels_out, three = 3;
    for (; positions >= EG_POSITIONS; positions -= EG_POSITIONS) {
        block(layer, packed, groups, existing, x, stride, EG_POSITIONS, out);
        x += EG_POSITIONS * stride;
        out += EG_POSITIONS * row;
    }
    if (EG_POSITIONS > three && positions >= three) {
        block(layer, packed, groups, existing, x, stride, three, out);
        positions -= three, x += three * stride, out += three * row;
    }
    for (; positions > 0; positions--, x += stride, out += row) {
        block(layer, packed, groups, existing, x, stride, 1, out);
    }
}

void eg_matmul(const eg_layer_t *layer, const int8_t *packed, const int8_t *columns, uint32_t column_stride,
               uint32_t positions, int8_t *out, uint32_t *scratch) {
    (void)scratch;
    const uint32_t most = EG_GROUPS * EG_LANES, packed_bytes = eg_packed_bytes(layer->weight_stride / 4);
    for (uint32_t channel = 0; channel < layer->channels_out; channel += most) {
        const uint32_t left = layer->channels_out - channel, existing = left < most ? left : most;
        const int8_t *weights = packed + channel / EG_LANES * packed_bytes;
        switch ((existing + EG_LANES - 1) / EG_LANES) {
        case 1:
            outputs_of(layer, weights, 1, existing, columns, column_stride, positions, out + channel);
            break;
        case 2:
            outputs_of(layer, weights, 2, existing, columns, column_stride, positions, out + channel);
            break;
        case 3:
            outputs_of(layer, weights, 3, existing, columns, column_stride, positions, out + channel);
            break;
        default:
            outputs_of(layer, weights, EG_GROUPS, existing, columns, column_stride, positions, out + channel);
        }
    }
}

#endif
