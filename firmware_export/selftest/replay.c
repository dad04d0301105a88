/* Replays a script through the stream and writes every decision: the test suite's hand on the runtime.
 *
 * stdin   little-endian records of one byte and a 32-bit count: 'c' start in clip mode, 'k' start in continuous mode,
 *         'r' reset, 'f' count feature rows [EG_FEATURES] int8, 'p' count samples int16
 * stdout  after each step that brought a row to the head: status, rows in the average, EG_CLASSES logits, as int32
 *
 * Ends with status 3 when the runtime refuses an input or a mode.
 */
#include <stdio.h>
#include <stdlib.h>

#include "edgegenre.h"
#include "eg_head.h"

static eg_context context;
static uint32_t rows_seen;

static void read_bytes(void *place, size_t size) {
    if (fread(place, 1, size, stdin) != size) {
        fprintf(stderr, "the script is cut short\n");
        exit(2);
    }
}

static void run_steps(void) {
    int16_t logits[EG_CLASSES];
    while (eg_step(&context)) {
        const uint32_t rows = eg_rows_heard(&context);
        if (rows == rows_seen) {
            continue;
        }
        rows_seen = rows;
        const eg_status_t status = eg_result(&context, logits);
        if (status == EG_NOT_ENOUGH_AUDIO) {
            continue;
        }
        int32_t record[2 + EG_CLASSES] = {(int32_t)status, (int32_t)eg_head_rows(&context)};
        for (uint32_t i = 0; i < EG_CLASSES; i++) {
            record[2 + i] = logits[i];
        }
        fwrite(record, sizeof record, 1, stdout);
    }
}

static void push_features(uint32_t count) {
    int8_t row[EG_FEATURES];
    for (uint32_t i = 0; i < count; i++) {
        read_bytes(row, sizeof row);
        if (!eg_push_features(&context, row)) {
            exit(3);
        }
        run_steps();
    }
}

static void push_pcm(uint32_t count) {
#if EG_FRAME_SAMPLES > 0
    /* Exactly as large as the data, so that a sanitizer sees any read beyond it. */
    int16_t *samples = malloc(count * sizeof *samples + 1);
    read_bytes(samples, count * sizeof *samples);
    for (uint32_t used = 0; used < count;) {
        const uint32_t taken = eg_push_pcm(&context, samples + used, count - used);
        if (taken == 0) {
            exit(3);
        }
        used += taken;
        run_steps();
    }
    free(samples);
#else
    (void)count;
    exit(3);
#endif
}

static void start(eg_mode_t mode) {
    if (eg_init(&context, mode) != 0) {
        exit(3);
    }
    rows_seen = 0;
}

int main(void) {
    int operation;
    while ((operation = getchar()) != EOF) {
        uint32_t count;
        read_bytes(&count, sizeof count);
        switch (operation) {
        case 'c':
            start(EG_CLIP);
            break;
        case 'k':
            start(EG_CONTINUOUS);
            break;
        case 'r':
            eg_reset(&context);
            rows_seen = 0;
            break;
        case 'f':
            push_features(count);
            break;
        case 'p':
            push_pcm(count);
            break;
        default:
            return 2;
        }
    }
    return 0;
}
