/* eg_matmul for Cortex-M0, M0+ and M23: layouts and result as in eg_matmul.c, to the bit.
 *
 * Eight registers can be used freely, the others only added to: one weight, one product and five addresses in the eight,
 * three sums in the others make four instructions a product, where a compiler that spills needs seven.
 */
#include "eg_kernels.h"
#include "eg_requantize.h"

#if EG_THUMB1

enum { POSITIONS = 3 };

/* The sums of one output at three positions, from the three biases on. All addresses are those of the end. */
static inline void three_positions(const int8_t *w, const int8_t *x, uint32_t stride, uint32_t depth,
                                   int32_t sums[POSITIONS]) {
    int32_t a0 = sums[0], a1 = sums[1], a2 = sums[2], weight, product;
    const int8_t *w_end = w + depth, *x0 = x + depth, *x1 = x0 + stride, *x2 = x1 + stride;
    int32_t i = -(int32_t)depth;
    __asm__ volatile(
        ".syntax unified\n"
        "1:\n\t"
        "ldrsb %[weight], [%[w], %[i]]\n\t"
        "ldrsb %[product], [%[x0], %[i]]\n\t"
        "muls %[product], %[weight], %[product]\n\t"
        "add %[a0], %[product]\n\t"
        "ldrsb %[product], [%[x1], %[i]]\n\t"
        "muls %[product], %[weight], %[product]\n\t"
        "add %[a1], %[product]\n\t"
        "ldrsb %[product], [%[x2], %[i]]\n\t"
        "muls %[product], %[weight], %[product]\n\t"
        "add %[a2], %[product]\n\t"
        "adds %[i], #1\n\t"
        "bne 1b\n\t"
        : [a0] "+h"(a0), [a1] "+h"(a1), [a2] "+h"(a2), [i] "+l"(i), [weight] "=&l"(weight), [product] "=&l"(product)
        : [w] "l"(w_end), [x0] "l"(x0), [x1] "l"(x1), [x2] "l"(x2)
        : "cc", "memory");
    sums[0] = a0;
    sums[1] = a1;
    sums[2] = a2;
}

void eg_matmul(const eg_layer_t *layer, const int8_t *packed, const int8_t *columns, uint32_t column_stride,
               uint32_t positions, int8_t *out, uint32_t step, uint32_t *scratch) {
    (void)packed, (void)scratch;
    const uint32_t depth = (uint32_t)layer->kernel_time * layer->kernel_frequency * layer->channels_in;
    const uint32_t channels = layer->channels_out, row = step * channels;
    while (positions > 0) {
        /* Positions left over go one by one, each computed three times and stored once. */
        const uint32_t count = positions < POSITIONS ? 1 : POSITIONS;
        const uint32_t stride = count == POSITIONS ? column_stride : 0;
        for (uint32_t channel = 0; channel < channels; channel++) {
            const int32_t bias = layer->bias[channel];
            int32_t sums[POSITIONS] = {bias, bias, bias};
            three_positions(layer->weights + channel * layer->weight_stride, columns, stride, depth, sums);
            for (uint32_t p = 0; p < count; p++) {
                out[p * row + channel * step] = eg_requantize(layer, channel, sums[p]);
            }
        }
        positions -= count;
        columns += count * column_stride;
        out += count * row;
    }
}

#endif
