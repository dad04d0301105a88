/* Fuzzes two streams at once with libFuzzer: random chunks, values, modes and resets between steps and results, samples
 * or feature rows, calls in any order that edgegenre.h allows, and eg_init with what it has to refuse.
 *
 * The input is a list of operations of four bytes: what to do, a count of 16 bits, a value. Whatever happened to either
 * stream, a fresh one that hears what was taken since the last reset, chunk after full chunk, has to give its result.
 */
#include <string.h>

#include "bounds.h"

enum { MOST_FRAMES = 3 * EG_WINDOW_FRAMES, MOST_SAMPLES = 3 * EG_WINDOW_SAMPLES };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A context and what it has taken since the last reset: samples or rows, not both. */
typedef struct {
    eg_context context;
    int16_t samples[MOST_SAMPLES];
    int8_t rows[MOST_FRAMES][EG_FEATURES];
    uint32_t sample_count, row_count;
} stream_t;

static stream_t streams[2];
static stream_t *stream;
static eg_context fresh;

static void forget(void) {
    stream->sample_count = 0;
    stream->row_count = 0;
}

static void start(eg_mode_t mode) {
    REQUIRE(eg_init(&stream->context, mode) == 0);
    forget();
}

static void reset(void) {
    eg_reset(&stream->context);
    forget();
}

/* What eg_init refuses leaves the context as it was. */
static void require_refusal(uint32_t count, uint8_t value) {
    memcpy(&fresh, &stream->context, sizeof fresh);
    const uint32_t bytes = (uint32_t)sizeof fresh, layout = EG_LAYOUT;
    REQUIRE(eg_init_checked(&stream->context, (eg_mode_t)(2 + value), bytes, layout) == -1);
    REQUIRE(eg_init_checked(&stream->context, EG_CLIP, bytes + 1 + count, layout) == -1);
    REQUIRE(eg_init_checked(&stream->context, EG_CLIP, bytes, layout ^ (1u + count)) == -1);
    REQUIRE(memcmp(&fresh, &stream->context, sizeof fresh) == 0);
}

static void run_steps(eg_context *context, uint32_t most) {
    for (uint32_t steps = 0; steps < most && eg_step(context) != 0; steps++) {
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
    const uint32_t room = stream->row_count == 0 ? MOST_SAMPLES - stream->sample_count : 0;
    count = count < room ? count : room;
    /* Exactly as large as the data, so that a sanitizer sees any read beyond it. */
    int16_t *samples = malloc(count * sizeof *samples + 1);
    REQUIRE(samples != NULL);
    fill(samples, count, value);
    const uint32_t taken = eg_push_pcm(&stream->context, samples, count);
    REQUIRE(taken <= count);
    memcpy(stream->samples + stream->sample_count, samples, taken * sizeof *samples);
    stream->sample_count += taken;
    free(samples);
}

/* Rows until one is not taken; each is used before the next one, or, where `value` is odd, it is tried without. */
static void push_rows(uint32_t count, uint8_t value) {
    const uint32_t room = stream->sample_count == 0 ? MOST_FRAMES - stream->row_count : 0;
    for (uint32_t left = count < room ? count : room; left > 0; left--) {
        int8_t *row = malloc(EG_FEATURES);
        REQUIRE(row != NULL);
        for (uint32_t i = 0; i < EG_FEATURES; i++) {
            row[i] = (int8_t)((left * 37u + i * 11u + value) * (value | 1u) % 256u - 128u);
        }
        const int taken = eg_push_features(&stream->context, row);
        REQUIRE(taken == 0 || taken == 1);
        if (taken) {
            memcpy(stream->rows[stream->row_count++], row, EG_FEATURES);
        }
        free(row);
        if (!taken) {
            return;
        }
        run_steps(&stream->context, value & 1 ? 1 : UINT32_MAX);
    }
}

/* Audio arrives and is used, up to the number of samples asked for. */
static void listen(uint32_t wanted, uint8_t value) {
    int16_t logits[EG_CLASSES];
    while (wanted > 0) {
        const uint32_t before = stream->sample_count;
        push(wanted, value);
        run_steps(&stream->context, UINT32_MAX);
        require_bounded_result(&stream->context, logits);
        if (stream->sample_count == before) {
            return;
        }
        wanted -= stream->sample_count - before;
    }
}

static void require_answers(uint32_t count) {
    REQUIRE(eg_label(count % EG_CLASSES) != NULL);
    (void)eg_rows_heard(&stream->context);
}

static void replay(void) {
    memset(&fresh, 0xA5, sizeof fresh);
    REQUIRE(eg_init(&fresh, stream->context.mode) == 0);
    for (uint32_t used = 0; used < stream->sample_count;) {
        const uint32_t taken = eg_push_pcm(&fresh, stream->samples + used, stream->sample_count - used);
        REQUIRE(taken > 0 && taken <= stream->sample_count - used);
        used += taken;
        run_steps(&fresh, UINT32_MAX);
    }
    for (uint32_t row = 0; row < stream->row_count; row++) {
        REQUIRE(eg_push_features(&fresh, stream->rows[row]) == 1);
        run_steps(&fresh, UINT32_MAX);
    }
}

static void require_the_same_from_a_fresh_stream(void) {
    int16_t logits[EG_CLASSES], wanted[EG_CLASSES];
    run_steps(&stream->context, UINT32_MAX);
    const eg_status_t status = require_bounded_result(&stream->context, logits);
    replay();
    REQUIRE(eg_rows_heard(&fresh) == eg_rows_heard(&stream->context));
    REQUIRE(eg_result(&fresh, wanted) == status);
    REQUIRE(status == EG_NOT_ENOUGH_AUDIO || memcmp(logits, wanted, sizeof logits) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    int16_t logits[EG_CLASSES];
    for (uint32_t index = 0; index < 2; index++) {
        stream = &streams[index];
        start(EG_CLIP);
    }
    for (; size >= 4; data += 4, size -= 4) {
        const uint32_t count = data[1] | (uint32_t)data[2] << 8;
        switch (data[0] % 16) {
        case 0:
            start(EG_CLIP);
            break;
        case 1:
            start(EG_BLOCKS > 1 ? EG_CONTINUOUS : EG_CLIP);
            break;
        case 2: /* after a few steps that is in the middle of a row */
            reset();
            break;
        case 3:
            require_bounded_result(&stream->context, logits);
            break;
        case 4:
            run_steps(&stream->context, count % 8);
            break;
        case 5:
            push(count, data[3]);
            break;
        case 6: /* from here on the other one */
            stream = &streams[stream == streams];
            break;
        case 7:
            push_rows(count % (2 * EG_WINDOW_FRAMES), data[3]);
            break;
        case 8:
            require_refusal(count, data[3]);
            break;
        case 9:
            require_answers(count);
            break;
        default:
            listen(count, data[3]);
        }
        require_bounded_state(&stream->context);
    }
    for (uint32_t index = 0; index < 2; index++) {
        stream = &streams[index];
        require_the_same_from_a_fresh_stream();
    }
    return 0;
}
