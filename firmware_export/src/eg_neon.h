/* Four accumulators to four outputs with NEON. */
#ifndef EG_NEON_H
#define EG_NEON_H

#include <arm_neon.h>
#include <string.h>

#include "eg_kernels.h"
#include "eg_requantize.h"

/* sum + sixteen products, four to a lane: by SDOT where there is one, else by widening multiplication and pairwise sums
 * (two products fit int16 because no weight is -128). */
static inline int32x4_t eg_multiply_add(int32x4_t sum, int8x16_t w, int8x16_t x) {
#if EG_DOT
    return vdotq_s32(sum, w, x);
#else
    const int16x8_t products = vmull_s8(vget_low_s8(w), vget_low_s8(x));
    return vpadalq_s16(sum, vmlal_s8(products, vget_high_s8(w), vget_high_s8(x)));
#endif
}

/* The sums of the lanes of four vectors. */
static inline int32x4_t eg_sum_lanes(const int32x4_t v[4]) {
#ifdef __aarch64__
    return vpaddq_s32(vpaddq_s32(v[0], v[1]), vpaddq_s32(v[2], v[3]));
#else
    int32x2_t pairs[4];
    for (uint32_t i = 0; i < 4; i++) {
        pairs[i] = vpadd_s32(vget_low_s32(v[i]), vget_high_s32(v[i]));
    }
    return vcombine_s32(vpadd_s32(pairs[0], pairs[1]), vpadd_s32(pairs[2], pairs[3]));
#endif
}

/* What requantizes four neighboring channels, of which `count` exist. */
typedef struct {
    uint32_t channel, count;
#ifdef EG_ARITHMETIC_Q31
    int32x4_t multipliers, left;
#else
    float32x4_t scales;
#endif
} eg_four_t;

static inline eg_four_t eg_four(const eg_layer_t *layer, uint32_t channel, uint32_t count) {
    eg_four_t four = {.channel = channel, .count = count};
#ifdef EG_ARITHMETIC_Q31
    int32_t multipliers[4] = {0}, shifts[4] = {0};
    for (uint32_t i = 0; i < count; i++) {
        multipliers[i] = layer->multipliers[channel + i];
        shifts[i] = -(int32_t)layer->shifts[channel + i];
    }
    four.multipliers = vld1q_s32(multipliers);
    four.left = vld1q_s32(shifts);
#else
    float scales[4] = {0};
    memcpy(scales, layer->scales + channel, count * sizeof scales[0]);
    four.scales = vld1q_f32(scales);
#endif
    return four;
}

/* Equals eg_requantize to the bit: VQRDMULH rounds as eg_multiply_high of the doubled accumulator, VRSHL half up, and one
 * less for negative values makes that half away from zero. The float form rounds as eg_round; Armv7 vectors flush
 * denormals, which round to zero anyway. */
static inline void eg_requantize_4(const eg_layer_t *layer, eg_four_t four, int32x4_t accumulators, int8_t *out) {
#ifdef EG_ARITHMETIC_Q31
    int32x4_t value = vqrdmulhq_s32(accumulators, four.multipliers);
    value = vaddq_s32(value, vshrq_n_s32(vandq_s32(value, four.left), 31));
    value = vrshlq_s32(value, four.left);
#else
    const float32x4_t scaled = vmulq_f32(vcvtq_f32_s32(accumulators), four.scales);
    const float32x4_t fractionless = vdupq_n_f32(12582912.0f);
    int32x4_t value = vcvtq_s32_f32(vsubq_f32(vaddq_f32(scaled, fractionless), fractionless));
#endif
    value = vaddq_s32(value, vdupq_n_s32(layer->zero_out));
    value = vminq_s32(vmaxq_s32(value, vdupq_n_s32(layer->low)), vdupq_n_s32(127));
    const int16x4_t halves = vmovn_s32(value);
    const int8x8_t bytes = vmovn_s16(vcombine_s16(halves, halves));
    if (four.count == 4) {
        const uint32_t word = vget_lane_u32(vreinterpret_u32_s8(bytes), 0);
        memcpy(out, &word, sizeof word);
    } else {
        int8_t stored[8];
        vst1_s8(stored, bytes);
        memcpy(out, stored, four.count);
    }
}

#endif
