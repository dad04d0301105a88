/* The classifier in an Arduino sketch: a line on the serial port whenever the answer changes, which is a genre, "unknown"
 * or "silence".
 *
 * On the boards named below it listens to their microphone, through Arduino's library PDM; on any other it hears a tone
 * that it makes itself. For another microphone (EG_SAMPLE_RATE, one channel, 16 bits) call audio_arrived from its
 * callback, which may be an interrupt; eg_input.h takes in what is wider or faster.
 *
 * loop() computes one slice at a time, so other work may stand beside it. All memory is in `context` and `decider`. A
 * model needs some 20 to 60 KB of RAM and several hundred KB of flash: no 8-bit board has them. src/eg_options.h holds the
 * build choices.
 */
#include <edgegenre.h>
#include <eg_decide.h>

#if defined(ARDUINO_ARDUINO_NANO33BLE) || defined(ARDUINO_NANO_RP2040_CONNECT) || defined(ARDUINO_PORTENTA_H7_M7)
#include <PDM.h>
#define HAS_MICROPHONE 1
#else
#define HAS_MICROPHONE 0
#endif

/* Samples that wait while a row is computed, a power of two; `edgegenre firmware size` tells how many a board needs. */
#define RING_SAMPLES 2048u

#define MODE (EG_BLOCKS > 1 ? EG_CONTINUOUS : EG_CLIP)

static eg_context context;
static eg_decider decider;
static int16_t ring[RING_SAMPLES];
static volatile uint32_t samples_written, samples_used, samples_lost;

/* What has no room is lost, and the stream goes on with what follows. */
static void audio_arrived(const int16_t *samples, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        if (samples_written - samples_used == RING_SAMPLES) {
            samples_lost = samples_lost + 1u;
        } else {
            ring[samples_written % RING_SAMPLES] = samples[i];
            samples_written = samples_written + 1u;
        }
    }
}

#if HAS_MICROPHONE
static void take_microphone(void) {
    static int16_t block[256];
    const int bytes = PDM.read(block, sizeof block);
    audio_arrived(block, static_cast<uint32_t>(bytes) / sizeof block[0]);
}

static bool begin_audio(void) {
    PDM.onReceive(take_microphone);
    return PDM.begin(1, EG_SAMPLE_RATE);
}

static void make_audio(void) {
}
#else
static bool begin_audio(void) {
    return true;
}

/* A sawtooth of 440 Hz, as much as there is room for. */
static void make_audio(void) {
    static uint32_t phase;
    while (samples_written - samples_used < RING_SAMPLES) {
        const int16_t sample =
            static_cast<int16_t>(static_cast<int32_t>(phase * 440u % EG_SAMPLE_RATE) - EG_SAMPLE_RATE / 2);
        audio_arrived(&sample, 1);
        phase = (phase + 1u) % EG_SAMPLE_RATE;
    }
}
#endif

static void stop(const char *why) {
    Serial.println(why);
    for (;;) {
    }
}

static void show_result(void) {
    static uint32_t shown = EG_SILENCE + 1;
    int16_t logits[EG_CLASSES];
    const eg_status_t status = eg_result(&context, logits);
    if (status == EG_NOT_ENOUGH_AUDIO || (MODE == EG_CLIP && status != EG_COMPLETE)) {
        return;
    }
    eg_answer_t answer;
    eg_decide(&decider, logits, eg_rows_heard(&context), &answer);
    if (answer.answer != shown) {
        Serial.println(eg_answer_text(answer.answer));
        shown = answer.answer;
    }
}

static void show_loss(void) {
    static uint32_t shown;
    if (samples_lost != shown) {
        shown = samples_lost;
        Serial.print("samples lost so far: ");
        Serial.println(shown);
    }
}

void setup() {
    Serial.begin(115200);
    if (eg_init(&context, MODE) != 0) {
        stop("the sketch and the library were built with different options");
    }
    eg_decide_init(&decider, MODE);
    if (!begin_audio()) {
        stop("the microphone does not start");
    }
}

void loop() {
    make_audio();
    const uint32_t start = samples_used % RING_SAMPLES, waiting = samples_written - samples_used;
    const uint32_t count = waiting < RING_SAMPLES - start ? waiting : RING_SAMPLES - start;
    const uint32_t taken = eg_push_pcm(&context, ring + start, count);
    eg_decide_pcm(&decider, ring + start, taken);
    samples_used = samples_used + taken;
    const uint32_t rows = eg_rows_heard(&context);
    eg_step(&context);
    if (eg_rows_heard(&context) != rows) {
        show_result();
        show_loss();
    }
}
