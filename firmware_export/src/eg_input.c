/* See eg_input.h. */
#include "eg_input.h"

#include <string.h>

enum { FRACTION_BITS = 7, OFFSET_SHIFT = 12, HALF_TAPS = EG_INPUT_TAPS / 2 };

/* The first half of edgegenre.audio.i2s.decimator_taps; the second mirrors it. */
static const int16_t half_taps[HALF_TAPS] = {
    -3,   -9,   -7,   9,   24,  16,  -20,  -49,  -30,  37,  89,   53,  -63,  -148,  -86,   100,  233,  134,
    -154, -353, -202, 231, 527, 301, -344, -791, -456, 529, 1239, 736, -892, -2225, -1454, 2060, 6924, 10428,
};

static int16_t clipped(int32_t value) {
    return (int16_t)(value < INT16_MIN ? INT16_MIN : value > INT16_MAX ? INT16_MAX : value);
}

int eg_input_init(eg_input *input, uint32_t factor, uint32_t gain_bits) {
    if ((factor != 1 && factor != 3) || gain_bits > 7) {
        return -1;
    }
    memset(input, 0, sizeof *input);
    input->factor = factor;
    input->shift = 8 - gain_bits;
    return 0;
}

/* The upper 24 bits less their slow average, as int16. */
static int16_t without_offset(eg_input *input, int32_t word) {
    const int32_t value = word >> 8;
    input->offset += (value * (1 << FRACTION_BITS) - input->offset) >> OFFSET_SHIFT;
    const int32_t rest = value - (input->offset >> FRACTION_BITS);
    return clipped((rest + (1 << input->shift >> 1)) >> input->shift);
}

static void remember(eg_input *input, int16_t sample) {
    input->window[input->place] = input->window[input->place + EG_INPUT_TAPS] = sample;
    input->place = input->place + 1 == EG_INPUT_TAPS ? 0 : input->place + 1;
}

/* |sum| < 61912 * 2**15: the taps' absolute values. */
static int16_t filtered(const eg_input *input) {
    const int16_t *first = input->window + input->place, *last = first + EG_INPUT_TAPS - 1;
    int32_t sum = 1 << 14;
    for (uint32_t i = 0; i < HALF_TAPS; i++) {
        sum += half_taps[i] * (*first++ + *last--);
    }
    return clipped(sum >> 15);
}

uint32_t eg_input_take(eg_input *input, const int32_t *words, uint32_t count, uint32_t step, int16_t *out) {
    const int16_t *begin = out;
    for (; count > 0; count--, words += step) {
        const int16_t sample = without_offset(input, *words);
        if (input->factor == 1) {
            *out++ = sample;
            continue;
        }
        remember(input, sample);
        if (++input->phase == input->factor) {
            input->phase = 0;
            *out++ = filtered(input);
        }
    }
    return (uint32_t)(out - begin);
}
