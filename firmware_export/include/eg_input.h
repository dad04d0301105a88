/* From what an I2S microphone gives to what eg_push_pcm takes: words of 32 bits at 16 or 48 kHz, with an offset, become
 * int16 at 16 kHz without one.
 *
 *     static eg_input input;
 *     eg_input_init(&input, 48000 / EG_SAMPLE_RATE, 4);
 *     for each block that the DMA filled with left and right words:
 *         count = eg_input_take(&input, words, frames, 2, pcm);
 *         ... eg_push_pcm(&context, pcm, count)
 *
 * Equals edgegenre.audio.i2s to the bit. C99, no state outside the one struct.
 */
#ifndef EG_INPUT_H
#define EG_INPUT_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define EG_INPUT_TAPS 72

/* The fields are the library's own. */
typedef struct {
    int32_t offset; /* of the words, in 2**-15 of int16 steps */
    uint32_t factor, shift;
    uint32_t place;                    /* of the next sample in the first half of `window` */
    uint32_t phase;                    /* samples since the last output */
    int16_t window[2 * EG_INPUT_TAPS]; /* a ring, twice, so that the last samples always lie in one piece */
} eg_input;

/* factor: input rate / EG_SAMPLE_RATE, 1 or 3. gain_bits: how often the level is doubled, 0 to 7; MEMS microphones are
 * quiet, 4 suits many. What is too loud is clipped. Returns 0, or -1 for other numbers. */
int eg_input_init(eg_input *input, uint32_t factor, uint32_t gain_bits);

/* Take `count` words, of which each lies `step` words behind the last one (2: one channel of two). Their upper 24 bits
 * count. Writes at most count / factor + 1 samples to `out` and returns how many. */
uint32_t eg_input_take(eg_input *input, const int32_t *words, uint32_t count, uint32_t step, int16_t *out);

#ifdef __cplusplus
}
#endif

#endif
