/* What the vectors of PCs have in common: the packed form of a layer, and from accumulators to outputs. */
#ifndef EG_AVX_H
#define EG_AVX_H

#include "eg_kernels.h"

#if EG_VNNI
#include "eg_vnni.h"
#else
#include "eg_avx2.h"
#endif

/* Vectors of outputs that are computed together: their bytes fill one vector. */
enum { EG_GROUPS = 4 };

/* The packed form of EG_LANES outputs (eg_pack.c makes it); those that do not exist are 0. `quads` vectors of weights
 * follow, each with four weights of every output: of a matrix product along the depth; of a 3 x 3 depthwise layer along
 * time, then 0, for the left, the middle and the right column. */
typedef struct {
    int32_t bias[EG_LANES]; /* less EG_VALUE_OFFSET times the sum of the weights */
#ifdef EG_ARITHMETIC_Q31
    int32_t multipliers[EG_LANES];
#else
    float multipliers[EG_LANES];
#endif
    int32_t shifts[EG_LANES];
} eg_packed_head_t;

/* Bytes from one EG_LANES outputs to the next. */
static inline uint32_t eg_packed_bytes(uint32_t quads) {
    return (uint32_t)sizeof(eg_packed_head_t) + quads * 4 * EG_LANES;
}

static inline const eg_packed_head_t *eg_packed_head(const int8_t *packed) {
    return (const eg_packed_head_t *)(const void *)packed;
}

/* Requantize `groups` vectors of accumulators, EG_GROUPS at most, and store `count` bytes. Equals eg_requantize to the
 * bit: scales are below 1/2 (the exporter proves shifts of 1 and more), so no product leaves int32. */
static EG_ALWAYS_INLINE void eg_requantize_block(const eg_layer_t *layer, const int8_t *packed, uint32_t packed_bytes,
                                                 uint32_t groups, const eg_vector_t *sums, int8_t *out,
                                                 uint32_t count) {
    eg_vector_t steps[EG_GROUPS];
    EG_UNROLL
    for (uint32_t g = 0; g < EG_GROUPS; g++) {
        /* Groups that do not exist repeat the last. */
        const uint32_t existing = g < groups ? g : groups - 1;
        const eg_packed_head_t *head = eg_packed_head(packed + existing * packed_bytes);
        steps[g] = eg_scale(sums[existing], eg_load(head->multipliers), eg_load(head->shifts));
    }
    eg_store_bytes(out, eg_narrow(layer, steps), count);
}

#endif
