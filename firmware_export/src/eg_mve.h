/* Four accumulators to four outputs with MVE. */
#ifndef EG_MVE_H
#define EG_MVE_H

#include <arm_mve.h>

#include "eg_requantize.h"

/* Requantize accumulators of four neighboring channels, of which those in `active` exist. Equals eg_requantize to the bit: VQRDMULH rounds as eg_multiply_high of the doubled accumulator, VRSHL half
 * up, and one less for negative values makes that half away from zero. */
static EG_ALWAYS_INLINE void eg_requantize_4(const eg_layer_t *layer, uint32_t channel, int32x4_t accumulators,
                                             mve_pred16_t active, int8_t *out) {
#ifdef EG_ARITHMETIC_Q31
    const int32x4_t multipliers = vldrwq_z_s32(layer->multipliers + channel, active);
    const uint32x4_t shifts = vldrbq_z_u32(layer->shifts + channel, active);
    const int32x4_t right = vnegq_s32(vreinterpretq_s32_u32(shifts));
    int32x4_t value = vqrdmulhq_s32(accumulators, multipliers);
    value = vaddq_s32(value, vshrq_n_s32(vandq_s32(value, right), 31));
    value = vaddq_n_s32(vrshlq_s32(value, right), layer->zero_out);
#else
    const float32x4_t scales = vldrwq_z_f32(layer->scales + channel, active);
    const float32x4_t scaled = vmulq_f32(vcvtq_f32_s32(accumulators), scales);
    int32x4_t value = vaddq_n_s32(vcvtnq_s32_f32(scaled), layer->zero_out);
#endif
    value = vminq_s32(vmaxq_s32(value, vdupq_n_s32(layer->low)), vdupq_n_s32(127));
    vstrbq_p_s32(out, value, active);
}

#endif
