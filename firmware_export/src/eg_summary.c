/* From one sum and one sum of squares a coefficient to its mean and standard deviation. Equals
 * edgegenre/frontend/integer_kinds/summary.py to the bit.
 */
#include "eg_summary.h"

#if EG_FRAME_SAMPLES > 0 && EG_ROW_FRAMES > 1

#include <string.h>

#include "eg_cepstrum.h"
#include "eg_fixed_point.h"

enum { SHIFT = 6 };

void eg_summary_reset(eg_context *context) {
    context->summed_frames = 0;
    memset(context->totals, 0, sizeof context->totals);
    memset(context->squares, 0, sizeof context->squares);
}

static uint64_t square_sum(const eg_context *context, uint32_t index) {
    return (uint64_t)context->squares[index][1] << 32 | context->squares[index][0];
}

static void add(eg_context *context, uint32_t index, int32_t count) {
    const int32_t value = (count + (1 << (SHIFT - 1))) >> SHIFT;
    const uint64_t squares = square_sum(context, index) + (uint64_t)((int64_t)value * value);
    context->totals[index] += value;
    context->squares[index][0] = (uint32_t)squares;
    context->squares[index][1] = (uint32_t)(squares >> 32);
}

/* The largest whole number whose square is at most `value`, which is below 2**62. */
static uint32_t square_root(uint64_t value) {
    uint64_t root = 0;
    for (uint64_t bit = (uint64_t)1 << 60; bit != 0; bit >>= 2) {
        const uint64_t candidate = root + bit;
        root >>= 1;
        if (value >= candidate) {
            value -= candidate;
            root += bit;
        }
    }
    return (uint32_t)root;
}

/* (2**SHIFT * value + half the frames) / frames, rounded down. */
static int32_t share(int64_t value) {
    const int64_t above = (int64_t)EG_ROW_FRAMES << 31; /* so that nothing negative is divided */
    const int64_t dividend = value * (1 << SHIFT) + EG_ROW_FRAMES / 2 + above;
    return (int32_t)((int64_t)eg_divide((uint64_t)dividend, EG_ROW_FRAMES) - ((int64_t)1 << 31));
}

static int32_t deviation(const eg_context *context, uint32_t index) {
    const int64_t total = context->totals[index];
    return share(square_root(EG_ROW_FRAMES * square_sum(context, index) - (uint64_t)(total * total)));
}

int eg_summary_add(eg_context *context, const int32_t *bands, int8_t *row) {
    for (uint32_t i = 0; i < EG_COEFFICIENTS; i++) {
        add(context, i, eg_coefficient(bands, i));
    }
    if (++context->summed_frames < EG_ROW_FRAMES) {
        return 0;
    }
    for (uint32_t i = 0; i < EG_COEFFICIENTS; i++) {
        row[i] = eg_normalized(share(context->totals[i]), i);
        row[EG_COEFFICIENTS + i] = eg_normalized(deviation(context, i), EG_COEFFICIENTS + i);
    }
    eg_summary_reset(context);
    return 1;
}

#endif
