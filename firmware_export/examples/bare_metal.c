/* A classifier on a microcontroller without an operating system: a microphone's DMA fills one half of a buffer while the
 * other half is used, and the network is computed in slices between the halves.
 *
 * The board brings the four functions below and calls audio_half_is_full from the interrupts "half transfer" and
 * "transfer complete". It needs no more of the processor: a slice (eg_step) is one row of one layer, and the DMA goes on
 * meanwhile. A half has to be used before the next one is full; `edgegenre firmware size` tells how long halves have to be
 * at a board's clock. Where one is not used in time its samples are lost, and the stream goes on with what follows: a
 * window of 30 s answers nearly the same without 50 ms of it.
 *
 * A build with memory for continuous mode answers for each new row, one with EG_CLIP_ONLY for each window.
 */
#include "edgegenre.h"

#ifndef HALF_SAMPLES
#define HALF_SAMPLES EG_HOP_SAMPLES
#endif

#define MODE (EG_BLOCKS > 1 ? EG_CONTINUOUS : EG_CLIP)

/* Start a circular transfer of `samples` mono samples at EG_SAMPLE_RATE into `buffer`. */
void board_start_audio(int16_t *buffer, uint32_t samples);

/* Sleep until an interrupt. One that came since the last call must not be missed: WFE with SEVONPEND, not WFI. */
void board_wait(void);

/* There is an answer; is_whole: of a whole window, not only of what has been heard so far. */
void board_show(const char *label, int is_whole);

/* The processor was too slow: `samples` of the audio were lost. */
void board_lost(uint32_t samples);

void audio_half_is_full(void);

static eg_context context;
static int16_t audio[2][HALF_SAMPLES];
static volatile uint32_t halves_filled;

void audio_half_is_full(void) {
    halves_filled++;
}

static void show(void) {
    int16_t logits[EG_CLASSES];
    const eg_status_t status = eg_result(&context, logits);
    if (status == EG_NOT_ENOUGH_AUDIO || (MODE == EG_CLIP && status != EG_COMPLETE)) {
        return;
    }
    uint32_t best = 0;
    for (uint32_t i = 1; i < EG_CLASSES; i++) {
        best = logits[i] > logits[best] ? i : best;
    }
    board_show(eg_label(best), status == EG_COMPLETE);
}

/* One slice. Returns 0 when there was nothing to compute. */
static int step(void) {
    const uint32_t rows = eg_rows_heard(&context);
    const int worked = eg_step(&context);
    if (eg_rows_heard(&context) != rows) {
        show();
    }
    return worked;
}

/* Push one half, computing whenever the classifier wants to compute before it takes more. */
static void use_half(const int16_t *samples) {
    uint32_t used = 0;
    while ((used += eg_push_pcm(&context, samples + used, HALF_SAMPLES - used)) < HALF_SAMPLES) {
        step();
    }
}

int main(void) {
    if (eg_init(&context, MODE) != 0) {
        return 1;
    }
    board_start_audio(audio[0], 2 * HALF_SAMPLES);
    for (uint32_t halves_used = 0;;) {
        while (halves_filled == halves_used) {
            if (!step()) {
                board_wait();
            }
        }
        use_half(audio[halves_used % 2]);
        halves_used++;
        /* The DMA writes half n + 2 over half n, and begins as soon as half n + 1 is full: too late for both. */
        const uint32_t late = halves_filled - halves_used;
        if (late > 0) {
            board_lost((late + 1) * HALF_SAMPLES);
            halves_used += late;
        }
    }
}
