/* A window of features through the runtime, again and again, by the clock: for a Linux machine without Python.
 *
 * input    the number of runs, 32 bits; int8 feature rows of one window, at most WINDOW_BYTES
 * output   64-bit nanoseconds of each run; how many updates follow (64 bits), and the nanoseconds of each: an update is
 *          everything from one row that reached the head to the next, of the second half of the last run, without the
 *          flush at its end; the logits, 16 bits each
 */
#define _POSIX_C_SOURCE 199309L

#include "edgegenre.h"
#include "port.h"

#include <time.h>

#define WINDOW_BYTES (1u << 20)
#define MOST_UPDATES 4096u

static eg_context context;
static int8_t window[WINDOW_BYTES];
static int64_t updates[MOST_UPDATES];

static int64_t nanoseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + (int64_t)now.tv_nsec;
}

/* Returns how many updates it took down. */
static uint32_t run(uint32_t rows) {
    uint32_t found = 0;
    int64_t before = nanoseconds();
    eg_reset(&context);
    for (uint32_t row = 0; row < rows; row++) {
        const uint32_t heard = eg_rows_heard(&context);
        eg_push_features(&context, window + row * EG_FEATURES);
        while (eg_step(&context) != 0) {
        }
        if (eg_rows_heard(&context) != heard) {
            int16_t logits[EG_CLASSES];
            (void)!eg_result(&context, logits);
            const int64_t now = nanoseconds();
            if (row >= rows / 2 && row + 1 < rows && found < MOST_UPDATES) {
                updates[found++] = now - before;
            }
            before = now;
        }
    }
    return found;
}

int main(void) {
    uint32_t runs = 0;
    port_read(&runs, sizeof runs);
    const uint32_t rows = port_read(window, sizeof window) / EG_FEATURES;
    if (eg_init(&context, EG_CLIP) != 0 || rows == 0) {
        return 1;
    }
    uint32_t found = run(rows);
    for (uint32_t i = 0; i < runs; i++) {
        const int64_t begun = nanoseconds();
        found = run(rows);
        const int64_t took = nanoseconds() - begun;
        port_write(&took, sizeof took);
    }
    const int64_t count = found;
    port_write(&count, sizeof count);
    port_write(updates, found * (uint32_t)sizeof updates[0]);
    int16_t logits[EG_CLASSES] = {0};
    (void)!eg_result(&context, logits);
    port_write(logits, sizeof logits);
    return 0;
}
