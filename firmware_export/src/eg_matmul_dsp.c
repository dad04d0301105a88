/* eg_matmul with SMLAD, for Cortex-M4, M7 and M33: layouts and result as in eg_matmul.c, to the bit.
 *
 * Six or three positions at a time are widened to int16 once; then every output takes four weights from one word and
 * multiplies them with these positions: scratch int16 [depth / 4][positions][even pair, odd pair]. One LDM brings two
 * positions of six, or three. Positions that are left over are multiplied from bytes.
 */
#include "eg_kernels.h"
#include "eg_requantize.h"

#if EG_DSP

#include "eg_dsp.h"

enum { SIX = 6, THREE = 3 };

/* Clang keeps registers for itself, and so does GCC without optimization, which the loops in assembly need: these get
 * three positions in C. */
#if defined(__clang__) || !defined(__OPTIMIZE__)
#define EG_SIX_POSITIONS 0
#else
#define EG_SIX_POSITIONS 1
#endif

static __attribute__((noinline)) void widen(const int8_t *columns, uint32_t stride, uint32_t positions, uint32_t quads,
                                            uint32_t *out) {
    for (uint32_t p = 0; p < positions; p++, columns += stride) {
        uint32_t *to = out + 2 * p;
        for (uint32_t i = 0; i < quads; i++, to += 2 * positions) {
            const uint32_t word = eg_load_word(columns + 4 * i);
            to[0] = (uint32_t)eg_even_bytes(word);
            to[1] = (uint32_t)eg_odd_bytes(word);
        }
    }
}

#if !EG_SIX_POSITIONS

static void three_positions(const eg_layer_t *layer, const uint32_t *x, uint32_t quads, int8_t *out, uint32_t step) {
    const uint32_t row = step * layer->channels_out;
    for (uint32_t channel = 0; channel < layer->channels_out; channel++, out += step) {
        const int8_t *w = layer->weights + channel * layer->weight_stride;
        int32_t a0 = layer->bias[channel], a1 = a0, a2 = a0;
        const uint32_t *place = x;
        for (uint32_t i = 0; i < quads; i++, w += 4, place += 2 * THREE) {
            const uint32_t word = eg_load_word(w);
            const int16x2_t even = eg_even_bytes(word), odd = eg_odd_bytes(word);
            a0 = eg_multiply_pairs(even, odd, (int16x2_t)place[0], (int16x2_t)place[1], a0);
            a1 = eg_multiply_pairs(even, odd, (int16x2_t)place[2], (int16x2_t)place[3], a1);
            a2 = eg_multiply_pairs(even, odd, (int16x2_t)place[4], (int16x2_t)place[5], a2);
        }
        out[0] = eg_requantize(layer, channel, a0);
        out[row] = eg_requantize(layer, channel, a1);
        out[2 * row] = eg_requantize(layer, channel, a2);
    }
}

#else

/* Two quads of weights against six positions. `end` stays in memory: fourteen registers are in use. */
#define QUAD                                                                                                           \
    "ldr r8, [%[w]], #4\n\t"                                                                                           \
    "sxtb16 %[even], r8\n\t"                                                                                           \
    "sxtb16 %[odd], r8, ror #8\n\t"                                                                                    \
    "ldmia %[x]!, {r8, r9, r10, r11}\n\t"                                                                              \
    "smlad %[a0], %[even], r8, %[a0]\n\t"                                                                              \
    "smlad %[a1], %[even], r10, %[a1]\n\t"                                                                             \
    "smlad %[a0], %[odd], r9, %[a0]\n\t"                                                                               \
    "smlad %[a1], %[odd], r11, %[a1]\n\t"                                                                              \
    "ldmia %[x]!, {r8, r9, r10, r11}\n\t"                                                                              \
    "smlad %[a2], %[even], r8, %[a2]\n\t"                                                                              \
    "smlad %[a3], %[even], r10, %[a3]\n\t"                                                                             \
    "smlad %[a2], %[odd], r9, %[a2]\n\t"                                                                               \
    "smlad %[a3], %[odd], r11, %[a3]\n\t"                                                                              \
    "ldmia %[x]!, {r8, r9, r10, r11}\n\t"                                                                              \
    "smlad %[a4], %[even], r8, %[a4]\n\t"                                                                              \
    "smlad %[a5], %[even], r10, %[a5]\n\t"                                                                             \
    "smlad %[a4], %[odd], r9, %[a4]\n\t"                                                                               \
    "smlad %[a5], %[odd], r11, %[a5]\n\t"

static void six_positions(const eg_layer_t *layer, const uint32_t *x, uint32_t quads, int8_t *out, uint32_t step) {
    const uint32_t *end = x + quads * 2 * SIX;
    const uint32_t row = step * layer->channels_out;
    for (uint32_t channel = 0; channel < layer->channels_out; channel++, out += step) {
        const int8_t *w = layer->weights + channel * layer->weight_stride;
        int32_t a0 = layer->bias[channel], a1 = a0, a2 = a0, a3 = a0, a4 = a0, a5 = a0;
        const uint32_t *place = x;
        int32_t even, odd;
        __asm__ volatile("1:\n\t" QUAD QUAD "ldr r8, %[end]\n\t"
                         "cmp %[x], r8\n\t"
                         "bne 1b\n\t"
                         : [a0] "+r"(a0), [a1] "+r"(a1), [a2] "+r"(a2), [a3] "+r"(a3), [a4] "+r"(a4), [a5] "+r"(a5),
                           [w] "+r"(w), [x] "+r"(place), [even] "=&r"(even), [odd] "=&r"(odd)
                         : [end] "m"(end)
                         : "r8", "r9", "r10", "r11", "cc", "memory");
        out[0] = eg_requantize(layer, channel, a0);
        out[row] = eg_requantize(layer, channel, a1);
        out[2 * row] = eg_requantize(layer, channel, a2);
        out[3 * row] = eg_requantize(layer, channel, a3);
        out[4 * row] = eg_requantize(layer, channel, a4);
        out[5 * row] = eg_requantize(layer, channel, a5);
    }
}

/* Four weights against three positions; r7 is left to compilers that keep a frame pointer there. */
#define QUAD_OF_THREE                                                                                                  \
    "ldr %[odd], [%[w]], #4\n\t"                                                                                       \
    "sxtb16 %[even], %[odd]\n\t"                                                                                       \
    "sxtb16 %[odd], %[odd], ror #8\n\t"                                                                                \
    "ldmia %[x]!, {r4, r5, r6, r8, r9, r10}\n\t"                                                                       \
    "smlad %[a0], %[even], r4, %[a0]\n\t"                                                                              \
    "smlad %[a1], %[even], r6, %[a1]\n\t"                                                                              \
    "smlad %[a2], %[even], r9, %[a2]\n\t"                                                                              \
    "smlad %[a0], %[odd], r5, %[a0]\n\t"                                                                               \
    "smlad %[a1], %[odd], r8, %[a1]\n\t"                                                                               \
    "smlad %[a2], %[odd], r10, %[a2]\n\t"

static void three_positions(const eg_layer_t *layer, const uint32_t *x, uint32_t quads, int8_t *out, uint32_t step) {
    const uint32_t *end = x + quads * 2 * THREE;
    const uint32_t row = step * layer->channels_out;
    for (uint32_t channel = 0; channel < layer->channels_out; channel++, out += step) {
        const int8_t *w = layer->weights + channel * layer->weight_stride;
        int32_t a0 = layer->bias[channel], a1 = a0, a2 = a0;
        const uint32_t *place = x;
        int32_t even, odd;
        __asm__ volatile("1:\n\t" QUAD_OF_THREE QUAD_OF_THREE QUAD_OF_THREE QUAD_OF_THREE "ldr r4, %[end]\n\t"
                         "cmp %[x], r4\n\t"
                         "bne 1b\n\t"
                         : [a0] "+r"(a0), [a1] "+r"(a1), [a2] "+r"(a2), [w] "+r"(w), [x] "+r"(place),
                           [even] "=&r"(even), [odd] "=&r"(odd)
                         : [end] "m"(end)
                         : "r4", "r5", "r6", "r8", "r9", "r10", "cc", "memory");
        out[0] = eg_requantize(layer, channel, a0);
        out[row] = eg_requantize(layer, channel, a1);
        out[2 * row] = eg_requantize(layer, channel, a2);
    }
}

#endif

static void one_position(const eg_layer_t *layer, const int8_t *x, uint32_t depth, int8_t *out, uint32_t step) {
    const int8_t *w = layer->weights;
    for (uint32_t channel = 0; channel < layer->channels_out; channel++, out += step, w += layer->weight_stride) {
        int32_t a = layer->bias[channel];
        for (uint32_t i = 0; i < depth; i += 4) {
            const uint32_t u = eg_load_word(w + i), v = eg_load_word(x + i);
            a = eg_multiply_pairs(eg_even_bytes(u), eg_odd_bytes(u), eg_even_bytes(v), eg_odd_bytes(v), a);
        }
        *out = eg_requantize(layer, channel, a);
    }
}

void eg_matmul(const eg_layer_t *layer, const int8_t *packed, const int8_t *columns, uint32_t column_stride,
               uint32_t positions, int8_t *out, uint32_t step, uint32_t *scratch) {
    (void)packed;
    const uint32_t depth = (uint32_t)layer->kernel_time * layer->kernel_frequency * layer->channels_in;
    const uint32_t row = step * layer->channels_out;
    /* Whole turns of the loops: two quads of six positions, four of three; the weights beyond the depth are zero. */
#if EG_SIX_POSITIONS
    const uint32_t quads_of_six = (depth + 7) / 8 * 2;
    for (; positions >= SIX; positions -= SIX, columns += SIX * column_stride, out += SIX * row) {
        widen(columns, column_stride, SIX, quads_of_six, scratch);
        six_positions(layer, scratch, quads_of_six, out, step);
    }
#endif
    const uint32_t quads_of_three = (depth + 15) / 16 * 4;
    for (; positions >= THREE; positions -= THREE, columns += THREE * column_stride, out += THREE * row) {
        widen(columns, column_stride, THREE, quads_of_three, scratch);
        three_positions(layer, scratch, quads_of_three, out, step);
    }
    for (; positions > 0; positions--, columns += column_stride, out += row) {
        one_position(layer, columns, depth, out, step);
    }
}

#endif
