/* Every bit of the tables, flipped and put back: eg_selftest has to notice each.
 *
 *   flip STEP < ranges      flips every STEPth bit
 *
 * stdin    a line each: hexadecimal address and number of bytes of a writable table; eg_model.c is compiled with
 *          -Dconst= for that. The fields of the structures follow from here.
 * stdout   how many bits were flipped; status 1 and the address of the first that went unnoticed
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "eg_layers.h"
#include "eg_selftest.h"

static eg_context context;
static uint64_t bit_count, flipped, step;

static void flip_all(uintptr_t begin, uintptr_t end) {
    for (uintptr_t address = begin; address < end; address++) {
        for (int bit = 0; bit < 8; bit++) {
            if (bit_count++ % step != 0) {
                continue;
            }
            uint8_t *place = (uint8_t *)address;
            const uint8_t mask = (uint8_t)(1 << bit);
            *place ^= mask;
            if (eg_selftest(&context) == EG_SAME_BYTES) {
                printf("unnoticed at %" PRIxPTR "\n", address);
                exit(1);
            }
            *place ^= mask;
            flipped++;
        }
    }
}

#define FLIP_FIELDS(first, last) flip_all((uintptr_t) & (first), (uintptr_t)(&(last) + 1))

static void flip_layer(const eg_layer_t *layer) {
    FLIP_FIELDS(layer->kind, layer->low);
}

int main(int argc, char **argv) {
    uintptr_t address;
    uint32_t bytes;
    step = argc == 2 ? strtoull(argv[1], NULL, 10) : 0;
    if (step == 0 || eg_selftest(&context) != EG_SAME_BYTES) {
        return 2;
    }
    while (scanf("%" SCNxPTR " %" SCNu32, &address, &bytes) == 2) {
        flip_all(address, address + bytes);
    }
    for (uint32_t i = 0; i < EG_LAYERS; i++) {
        flip_layer(&eg_row_layers[i]);
    }
#if EG_DENSE_LAYERS > 0
    for (uint32_t i = 0; i < EG_DENSE_LAYERS; i++) {
        flip_layer(&eg_dense_layers[i]);
    }
#endif
#if EG_RECURRENT
    FLIP_FIELDS(eg_recurrent.input_multipliers[0], eg_recurrent.lookup.shift);
    FLIP_FIELDS(eg_recurrent.input, eg_recurrent.starts[EG_STAGGERED_WINDOWS - 1]);
#elif EG_FLAT
    flip_layer(&eg_flat);
#else
    FLIP_FIELDS(eg_average.input, eg_average.zero_out);
#endif
    printf("%" PRIu64 " bits, every one of them noticed\n", flipped);
    return 0;
}
