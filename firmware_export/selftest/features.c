/* The front end alone: int16 PCM on stdin, feature rows [EG_FEATURES] int8 on stdout.
 *
 *   features CHUNK    pushes CHUNK samples at a time
 */
#include <stdio.h>
#include <stdlib.h>

#include "edgegenre.h"
#include "eg_trace.h"

static eg_context context;

void eg_trace_row(uint32_t index, const int8_t *row, uint32_t step) {
    (void)step;
    if (index == 0) {
        fwrite(row, 1, EG_FEATURES, stdout);
    }
}

int main(int argc, char **argv) {
    const size_t chunk = argc == 2 ? strtoul(argv[1], NULL, 10) : 0;
    int16_t *samples = malloc(chunk * sizeof *samples);
    if (chunk == 0 || samples == NULL) {
        return 2;
    }
    eg_init(&context, EG_CONTINUOUS);
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
