/* A classifier on a microcontroller without an operating system: a microphone's DMA fills one half of a buffer while the
 * other half is used, and the network is computed in slices between the halves.
 *
 * The board brings the three functions below and calls audio_half_is_full from the interrupts "half transfer" and
 * "transfer complete". It needs no more of the processor: a slice (eg_step) is one row of one layer, and the DMA goes on
 * meanwhile. What matters is that the slices of a half take less time than the next half takes to fill.
 */
#include "edgegenre.h"

/* Half of the DMA buffer. Longer halves even out slices of different length and cost 4 bytes a sample. */
#define HALF_SAMPLES (EG_SAMPLE_RATE / 20)

/* Start a circular transfer of `samples` mono samples at EG_SAMPLE_RATE into `buffer`. */
void board_start_audio(int16_t *buffer, uint32_t samples);

/* Sleep until an interrupt. One that came since the last call must not be missed: WFE with SEVONPEND, not WFI. */
void board_wait(void);

/* A window has been heard, or (label is null) audio was lost and the window starts anew. */
void board_show(const char *label);

void audio_half_is_full(void);

static eg_context context;
static int16_t audio[2][HALF_SAMPLES];
static volatile uint32_t halves_filled;

void audio_half_is_full(void) {
    halves_filled++;
}

static void show_and_restart(void) {
    int16_t logits[EG_CLASSES];
    if (eg_result(&context, logits) == EG_COMPLETE) {
        uint32_t best = 0;
        for (uint32_t i = 1; i < EG_CLASSES; i++) {
            best = logits[i] > logits[best] ? i : best;
        }
        board_show(eg_label(best));
    }
    eg_reset(&context);
}

/* Push one half, computing whenever the classifier wants to compute before it takes more. */
static void use_half(const int16_t *samples) {
    for (uint32_t used = 0; used < HALF_SAMPLES;) {
        used += eg_push_pcm(&context, samples + used, HALF_SAMPLES - used);
        if (used < HALF_SAMPLES && !eg_step(&context) && eg_clip_is_full(&context)) {
            show_and_restart();
        }
    }
}

int main(void) {
    if (eg_init(&context, EG_CLIP) != 0) {
        return 1;
    }
    board_start_audio(audio[0], 2 * HALF_SAMPLES);
    for (uint32_t halves_used = 0;;) {
        while (halves_filled == halves_used) {
            if (!eg_step(&context)) {
                board_wait();
            }
        }
        use_half(audio[halves_used % 2]);
        halves_used++;
        /* The DMA writes half n + 2 over half n: it may have begun as soon as half n + 1 was full. */
        if (halves_filled != halves_used) {
            halves_used = halves_filled;
            eg_reset(&context);
            board_show(0);
        }
    }
}
