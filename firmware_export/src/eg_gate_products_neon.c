/* eg_gate_products with NEON, for Armv7-A and AArch64: result as in eg_gate_products.c, to the bit. LD2 separates a pair's
 * rows. */
#include "eg_recurrent.h"

#if EG_RECURRENT && EG_NEON

#include "eg_neon.h"

void eg_gate_products(const int8_t *weights, const uint32_t *operand, uint32_t chunks, int32_t sums[EG_PRODUCT_SUMS]) {
    const int8_t *x = (const int8_t *)operand;
    int32x4_t totals[EG_PRODUCT_SUMS];
    EG_UNROLL
    for (uint32_t i = 0; i < EG_PRODUCT_SUMS; i++) {
        totals[i] = vdupq_n_s32(0);
    }
    for (; chunks > 0; chunks--, x += EG_CHUNK) {
        const int8x16_t values = vld1q_s8(x);
        EG_UNROLL
        for (uint32_t pair = 0; pair < EG_PAIRS; pair++, weights += EG_PAIR_BYTES) {
            const int8x16x2_t w = vld2q_s8(weights);
            totals[2 * pair] = eg_multiply_add(totals[2 * pair], w.val[0], values);
            totals[2 * pair + 1] = eg_multiply_add(totals[2 * pair + 1], w.val[1], values);
        }
    }
    vst1q_s32(sums, eg_sum_lanes(totals));
    const int32x4_t last[4] = {totals[4], totals[5], totals[4], totals[5]};
    vst1_s32(sums + 4, vget_low_s32(eg_sum_lanes(last)));
}

#endif
