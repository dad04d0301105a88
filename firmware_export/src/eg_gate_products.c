/* eg_gate_products, portable: a value of the operand is loaded once for six products. */
#include "eg_kernels.h"
#include "eg_recurrent.h"

#if EG_RECURRENT && EG_PORTABLE_GATES

void eg_gate_products(const int8_t *weights, const uint32_t *operand, uint32_t chunks, int32_t sums[EG_PRODUCT_SUMS]) {
    const int8_t *x = (const int8_t *)operand, *w = weights;
    const uint32_t pair = EG_PAIR_BYTES;
    int32_t a0 = 0, b0 = 0, a1 = 0, b1 = 0, a2 = 0, b2 = 0;
    for (; chunks > 0; chunks--, x += EG_CHUNK, w += EG_CHUNK_BYTES) {
        EG_UNROLL
        for (uint32_t i = 0; i < EG_CHUNK; i++) {
            const int32_t value = x[i];
            a0 += value * w[2 * i];
            b0 += value * w[2 * i + 1];
            a1 += value * w[pair + 2 * i];
            b1 += value * w[pair + 2 * i + 1];
            a2 += value * w[2 * pair + 2 * i];
            b2 += value * w[2 * pair + 2 * i + 1];
        }
    }
    sums[0] = a0;
    sums[1] = b0;
    sums[2] = a1;
    sums[3] = b1;
    sums[4] = a2;
    sums[5] = b2;
}

#endif
