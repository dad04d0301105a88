/* eg_gru_products_wide: the product of a GRU's input weights with a row of int16 values. */
#include "eg_gru.h"
#include "eg_kernels.h"

#if EG_RECURRENT && EG_WIDE

void eg_gru_products_wide(const int8_t *weights, const eg_value_t *operand, uint32_t chunks,
                          int32_t sums[EG_GRU_SUMS]) {
    const uint32_t gate = EG_GRU_CHUNK * EG_GRU_UNITS;
    for (uint32_t i = 0; i < EG_GRU_SUMS; i++) {
        sums[i] = 0;
    }
    for (; chunks > 0; chunks--, operand += EG_GRU_CHUNK, weights += EG_GRU_CHUNK_BYTES) {
        EG_UNROLL
        for (uint32_t i = 0; i < EG_GATES; i++) {
            const int8_t *w = weights + i * gate;
            int32_t a = sums[i * EG_GRU_UNITS], b = sums[i * EG_GRU_UNITS + 1];
            for (uint32_t column = 0; column < EG_GRU_CHUNK; column++) {
                a += operand[column] * w[EG_GRU_UNITS * column];
                b += operand[column] * w[EG_GRU_UNITS * column + 1];
            }
            sums[i * EG_GRU_UNITS] = a;
            sums[i * EG_GRU_UNITS + 1] = b;
        }
    }
}

#endif
