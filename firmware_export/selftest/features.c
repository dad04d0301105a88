/* The front end alone: int16 PCM on stdin, feature rows [EG_FEATURES] on stdout.
 *
 *   features CHUNK         pushes CHUNK samples at a time; int8
 *   features CHUNK fine    the same before rounding and clamping: int64, steps times 2**16
 */
#include <stdio.h>
#include <stdlib.h>

#include "edgegenre.h"
#include "eg_trace.h"

static eg_context context;
static int is_fine;

void eg_trace_row(uint32_t index, const void *row, uint32_t bytes) {
    (void)bytes;
    if (index == 0 && !is_fine) {
        fwrite(row, 1, EG_FEATURES, stdout);
    }
}

void eg_trace_feature(uint32_t index, int64_t value) {
    (void)index;
    if (is_fine) {
        fwrite(&value, sizeof value, 1, stdout);
    }
}

int main(int argc, char **argv) {
    const size_t chunk = argc >= 2 ? strtoul(argv[1], NULL, 10) : 0;
    int16_t *samples = malloc(chunk * sizeof *samples);
    if (chunk == 0 || samples == NULL || eg_init(&context, EG_BLOCKS > 1 ? EG_CONTINUOUS : EG_CLIP) != 0) {
        return 2;
    }
    is_fine = argc == 3;
    size_t count;
    while ((count = fread(samples, sizeof *samples, chunk, stdin)) > 0) {
        for (size_t used = 0; used < count;) {
            used += eg_push_pcm(&context, samples + used, (uint32_t)(count - used));
            while (eg_step(&context)) {
            }
        }
    }
    free(samples);
    return 0;
}
