/* eg_gate_products with MVE, for Cortex-M55 and M85: result as in eg_gate_products.c, to the bit. VLD2 separates a pair's
 * rows, VMLADAVA sums sixteen products into a register. */
#include "eg_recurrent.h"

#if EG_RECURRENT && EG_MVE

#include <arm_mve.h>

void eg_gate_products(const int8_t *weights, const uint32_t *operand, uint32_t chunks, int32_t sums[EG_PRODUCT_SUMS]) {
    const int8_t *x = (const int8_t *)operand;
    int32_t a0 = 0, b0 = 0, a1 = 0, b1 = 0, a2 = 0, b2 = 0;
    for (; chunks > 0; chunks--, x += EG_CHUNK, weights += EG_CHUNK_BYTES) {
        const int8x16_t values = vldrbq_s8(x);
        const int8x16x2_t first = vld2q_s8(weights);
        a0 = vmladavaq_s8(a0, first.val[0], values);
        b0 = vmladavaq_s8(b0, first.val[1], values);
        const int8x16x2_t second = vld2q_s8(weights + EG_PAIR_BYTES);
        a1 = vmladavaq_s8(a1, second.val[0], values);
        b1 = vmladavaq_s8(b1, second.val[1], values);
        const int8x16x2_t third = vld2q_s8(weights + 2 * EG_PAIR_BYTES);
        a2 = vmladavaq_s8(a2, third.val[0], values);
        b2 = vmladavaq_s8(b2, third.val[1], values);
    }
    sums[0] = a0;
    sums[1] = b0;
    sums[2] = a1;
    sums[3] = b1;
    sums[4] = a2;
    sums[5] = b2;
}

#endif
