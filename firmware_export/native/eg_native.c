/* See eg_native.h. */
#define _POSIX_C_SOURCE 199309L /* clock_gettime */

#include "eg_native.h"

#include <time.h>

#include "edgegenre.h"
#include "eg_head.h"

uint32_t eg_native_context_bytes(void) {
    return sizeof(eg_context);
}

static void push_row(eg_context *context, const int8_t *row) {
    eg_push_features(context, row);
    while (eg_step(context)) {
    }
}

void eg_native_clips(void *context, const int8_t *features, uint32_t clips, int16_t *logits) {
    for (uint32_t clip = 0; clip < clips; clip++, logits += EG_CLASSES) {
        eg_reset(context);
        for (uint32_t row = 0; row < EG_WINDOW_FRAMES; row++, features += EG_FEATURES) {
            push_row(context, features);
        }
        eg_result(context, logits);
    }
}

int eg_native_init(void *context, int continuous) {
    return eg_init(context, continuous ? EG_CONTINUOUS : EG_CLIP);
}

void eg_native_reset(void *context) {
    eg_reset(context);
}

uint32_t eg_native_push(void *context, const int8_t *features, uint32_t rows, int32_t *records, uint32_t room) {
    eg_context *stream = context;
    int16_t wide[EG_CLASSES];
    uint32_t count = 0;
    for (uint32_t row = 0; row < rows; row++, features += EG_FEATURES) {
        eg_push_features(stream, features);
        for (uint32_t before = eg_rows_heard(stream); eg_step(stream); before = eg_rows_heard(stream)) {
            if (eg_rows_heard(stream) == before || count == room) {
                continue;
            }
            const eg_status_t status = eg_result(stream, wide);
            if (status == EG_NOT_ENOUGH_AUDIO) {
                continue;
            }
            int32_t *record = records + (3 + EG_CLASSES) * count++;
            record[0] = (int32_t)status;
            record[1] = (int32_t)eg_head_rows(stream);
            record[2] = (int32_t)row + 1;
            for (uint32_t i = 0; i < EG_CLASSES; i++) {
                record[3 + i] = wide[i];
            }
        }
    }
    return count;
}

enum { CLOCK_LOOKS = 100 };

static uint64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

/* The least that two looks at the clock are apart. */
static uint64_t look_nanoseconds(void) {
    uint64_t least = UINT64_MAX;
    for (uint32_t look = 0; look < CLOCK_LOOKS; look++) {
        const uint64_t before = now(), apart = now() - before;
        least = apart < least ? apart : least;
    }
    return least;
}

static uint64_t since(uint64_t before, uint64_t look) {
    const uint64_t passed = now() - before;
    return passed > look ? passed - look : 0;
}

void eg_native_profile(void *context, const int8_t *features, uint64_t *nanoseconds) {
    eg_context *clip = context;
    int16_t logits[EG_CLASSES];
    const uint64_t look = look_nanoseconds();
    eg_reset(clip);
    for (uint32_t row = 0; row < EG_WINDOW_FRAMES; row++, features += EG_FEATURES) {
        eg_push_features(clip, features);
        for (;;) {
            const uint64_t before = now();
            const int worked = eg_step(clip);
            const uint64_t passed = since(before, look);
            if (worked == 0) {
                break;
            }
            nanoseconds[worked <= EG_LAYERS ? worked - 1 : EG_LAYERS] += passed;
        }
    }
    const uint64_t before = now();
    eg_result(clip, logits);
    nanoseconds[EG_LAYERS + 1] += since(before, look);
}
