/* The classifier in an Arduino sketch: a label on the serial port for each window that was heard.
 *
 * It hears a tone that it makes itself, so that it runs on any board. To hear music, fill the buffer in read_samples
 * from a microphone at EG_SAMPLE_RATE, one channel, 16 bits: with the library of an I2S or PDM microphone, say.
 *
 * All memory is in `context`. A model needs some 40 KB of RAM and several hundred KB of flash: no 8-bit board has them.
 */
#include <edgegenre.h>

#define BLOCK_SAMPLES 400u

static eg_context context;
static int16_t block[BLOCK_SAMPLES];
static uint32_t samples_made;

/* Fill `samples` and return how many there are: here a sawtooth of 440 Hz. */
static uint32_t read_samples(int16_t *samples, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        samples[i] = (int16_t)((int32_t)(samples_made * 440u % EG_SAMPLE_RATE) - (int32_t)(EG_SAMPLE_RATE / 2));
        samples_made = (samples_made + 1u) % EG_SAMPLE_RATE;
    }
    return count;
}

static void show_result(void) {
    int16_t logits[EG_CLASSES];
    if (eg_result(&context, logits) != EG_COMPLETE) {
        return;
    }
    uint32_t best = 0;
    for (uint32_t i = 1; i < EG_CLASSES; i++) {
        best = logits[i] > logits[best] ? i : best;
    }
    Serial.println(eg_label(best));
}

void setup() {
    Serial.begin(115200);
    if (eg_init(&context, EG_CLIP) != 0) {
        Serial.println("the sketch and the library were built with different options");
        for (;;) {
        }
    }
}

void loop() {
    const uint32_t count = read_samples(block, BLOCK_SAMPLES);
    for (uint32_t used = 0; used < count;) {
        used += eg_push_pcm(&context, block + used, count - used);
        while (eg_step(&context)) {
        }
        if (eg_clip_is_full(&context)) {
            show_result();
            eg_reset(&context);
        }
    }
}
