/* Fuzzes the stream with libFuzzer: random chunks, values, modes and resets between steps and results.
 *
 * The input is a list of operations of four bytes: what to do, a count of 16 bits, a value. Whatever happened, a fresh
 * stream that hears the samples taken since the last reset, chunk after full chunk, has to give the same result.
 */
#include <string.h>

#include "bounds.h"

enum { MOST_SAMPLES = 3 * EG_WINDOW_FRAMES * EG_HOP_SAMPLES };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static eg_context context, fresh;
static int16_t heard[MOST_SAMPLES];
static uint32_t heard_count;
static eg_status_t status;

static void start(eg_mode_t mode) {
    REQUIRE(eg_init(&context, mode) == 0);
    heard_count = 0;
    status = EG_NOT_ENOUGH_AUDIO;
}

static void reset(void) {
    eg_reset(&context);
    heard_count = 0;
    status = EG_NOT_ENOUGH_AUDIO;
}

static void run_steps(eg_context *stream, uint32_t most) {
    for (uint32_t steps = 0; steps < most && eg_step(stream) != 0; steps++) {
        REQUIRE(steps + 1 < MOST_STEPS);
    }
}

/* Bits 6 and 7 of `value` choose the sound: silence, one level, full-scale square wave, noise. */
static void fill(int16_t *samples, uint32_t count, uint8_t value) {
    uint32_t noise = value;
    for (uint32_t i = 0; i < count; i++) {
        noise = noise * 1664525u + 1013904223u;
        const int32_t sounds[] = {0, (value & 63) * 1040 - 32768, i / (1u + (value & 63)) % 2 ? INT16_MAX : INT16_MIN,
                                  (int32_t)(noise >> 16) - 32768};
        samples[i] = (int16_t)sounds[value >> 6];
    }
}

static void push(uint32_t count, uint8_t value) {
    count = count < MOST_SAMPLES - heard_count ? count : MOST_SAMPLES - heard_count;
    /* Exactly as large as the data, so that a sanitizer sees any read beyond it. */
    int16_t *samples = malloc(count * sizeof *samples + 1);
    REQUIRE(samples != NULL);
    fill(samples, count, value);
    const uint32_t taken = eg_push_pcm(&context, samples, count);
    REQUIRE(taken <= count);
    REQUIRE(taken == 0 || !eg_clip_is_full(&context));
    memcpy(heard + heard_count, samples, taken * sizeof *samples);
    heard_count += taken;
    free(samples);
}

static void require_the_same_from_a_fresh_stream(void) {
    int16_t logits[EG_CLASSES], wanted[EG_CLASSES];
    run_steps(&context, UINT32_MAX);
    status = require_bounded_result(&context, status, logits);
    memset(&fresh, 0xA5, sizeof fresh);
    REQUIRE(eg_init(&fresh, context.mode) == 0);
    for (uint32_t used = 0; used < heard_count;) {
        const uint32_t taken = eg_push_pcm(&fresh, heard + used, heard_count - used);
        REQUIRE(taken > 0 && taken <= heard_count - used);
        used += taken;
        run_steps(&fresh, UINT32_MAX);
    }
    REQUIRE(eg_rows_heard(&fresh) == eg_rows_heard(&context));
    REQUIRE(eg_result(&fresh, wanted) == status);
    REQUIRE(status == EG_NOT_ENOUGH_AUDIO || memcmp(logits, wanted, sizeof logits) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    int16_t logits[EG_CLASSES];
    start(EG_CLIP);
    for (; size >= 4; data += 4, size -= 4) {
        const uint32_t count = data[1] | (uint32_t)data[2] << 8;
        switch (data[0] % 16) {
        case 0:
            start(EG_CLIP);
            break;
        case 1:
            start(EG_CONTINUOUS);
            break;
        case 2:
            reset();
            break;
        case 3:
            status = require_bounded_result(&context, status, logits);
            break;
        case 4:
            run_steps(&context, count % 8);
            break;
        case 5:
            push(count, data[3]);
            break;
        default: /* audio arrives and is used, up to the number of samples asked for */
            for (uint32_t before = heard_count, wanted = count; wanted > 0; before = heard_count) {
                push(wanted, data[3]);
                run_steps(&context, UINT32_MAX);
                status = require_bounded_result(&context, status, logits);
                if (heard_count == before) {
                    break;
                }
                wanted -= heard_count - before;
            }
        }
        require_bounded_state(&context);
    }
    require_the_same_from_a_fresh_stream();
    return 0;
}
