/* eg_input_take on int32 words of stdin, in pieces; int16 samples on stdout.
 *
 *   input FACTOR GAIN_BITS STEP PIECE
 */
#include <stdio.h>
#include <stdlib.h>

#include "eg_input.h"

static eg_input input;

int main(int argc, char **argv) {
    uint32_t numbers[4] = {0};
    for (int i = 1; i < argc && i < 5; i++) {
        numbers[i - 1] = (uint32_t)strtoul(argv[i], NULL, 10);
    }
    const uint32_t step = numbers[2], piece = numbers[3];
    if (eg_input_init(&input, numbers[0], numbers[1]) != 0) {
        return 3;
    }
    int32_t *words = malloc(sizeof *words * step * piece + 1);
    int16_t *out = malloc(sizeof *out * (piece / numbers[0] + 1));
    size_t frames;
    while ((frames = fread(words, sizeof *words * step, piece, stdin)) > 0) {
        const uint32_t count = eg_input_take(&input, words, (uint32_t)frames, step, out);
        fwrite(out, sizeof *out, count, stdout);
    }
    free(words);
    free(out);
    return 0;
}
