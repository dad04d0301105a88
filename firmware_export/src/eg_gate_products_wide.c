/* eg_gate_products_wide: the product of the input weights with a row of int16 values. */
#include "eg_kernels.h"
#include "eg_recurrent.h"

#if EG_RECURRENT && EG_WIDE

void eg_gate_products_wide(const int8_t *weights, const eg_value_t *operand, uint32_t chunks,
                           int32_t sums[EG_PRODUCT_SUMS]) {
    const uint32_t pair = EG_PAIR_BYTES;
    for (uint32_t i = 0; i < EG_PRODUCT_SUMS; i++) {
        sums[i] = 0;
    }
    for (; chunks > 0; chunks--, operand += EG_CHUNK, weights += EG_CHUNK_BYTES) {
        EG_UNROLL
        for (uint32_t i = 0; i < EG_PAIRS; i++) {
            const int8_t *w = weights + i * pair;
            int32_t a = sums[i * 2], b = sums[i * 2 + 1];
            for (uint32_t column = 0; column < EG_CHUNK; column++) {
                a += operand[column] * w[2 * column];
                b += operand[column] * w[2 * column + 1];
            }
            sums[i * 2] = a;
            sums[i * 2 + 1] = b;
        }
    }
}

#endif
