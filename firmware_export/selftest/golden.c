/* Replays golden tensors that tests/firmware/golden.py dumped from the numpy reference, layer by layer.
 *
 *   golden FILE    prints the largest difference per layer; ends with status 1 when there is one
 *
 * The file, little endian: "EGGT", version, arithmetic (0 float32, 1 q31), number of tensors; then per tensor its name
 * (length, bytes), rows, values per row, and int8 [rows][values], or int16 of a network with int16 rows. Tensor 0 is the
 * input, the last one the logits, and before them come the states after every row where the head is recurrent.
 * After a change of the format: raise VERSION here and there, and dump anew.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "edgegenre.h"
#include "eg_layers.h"
#include "eg_trace.h"

enum { VERSION = 1, TENSORS = EG_LAYERS + EG_RECURRENT + 2, NAME_BYTES = 64 };

typedef struct {
    char name[NAME_BYTES];
    uint32_t rows, values, next;
    int32_t largest;
    eg_value_t *data;
} tensor_t;

static eg_context context;
static tensor_t tensors[TENSORS];

static void fail(const char *message) {
    fprintf(stderr, "golden: %s\n", message);
    exit(2);
}

static void read_bytes(FILE *file, void *place, size_t size) {
    if (fread(place, 1, size, file) != size) {
        fail("the file is cut short; dump it anew");
    }
}

static uint32_t read_number(FILE *file) {
    uint32_t value;
    read_bytes(file, &value, sizeof value);
    return value;
}

static void compare(tensor_t *tensor, uint32_t index, int32_t value) {
    const int32_t difference = abs(tensor->data[index] - value);
    tensor->largest = difference > tensor->largest ? difference : tensor->largest;
}

void eg_trace_row(uint32_t index, const void *row, uint32_t bytes) {
    tensor_t *tensor = &tensors[index];
    if (tensor->next == tensor->rows) {
        fail("a layer makes more rows than the reference");
    }
    for (uint32_t i = 0; i < tensor->values; i++) {
        const int32_t value = bytes == 1 ? ((const int8_t *)row)[i] : ((const eg_value_t *)row)[i];
        compare(tensor, tensor->next * tensor->values + i, value);
    }
    tensor->next++;
}

void eg_trace_feature(uint32_t index, int64_t value) {
    (void)index, (void)value;
}

static void read_tensor(FILE *file, tensor_t *tensor) {
    const uint32_t length = read_number(file);
    if (length >= NAME_BYTES) {
        fail("a tensor's name is too long");
    }
    read_bytes(file, tensor->name, length);
    tensor->rows = read_number(file);
    tensor->values = read_number(file);
    tensor->data = malloc((size_t)tensor->rows * tensor->values * sizeof *tensor->data);
    read_bytes(file, tensor->data, (size_t)tensor->rows * tensor->values * sizeof *tensor->data);
}

static void read_file(const char *path) {
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        fail("the file cannot be opened");
    }
    char magic[4];
    read_bytes(file, magic, sizeof magic);
    if (memcmp(magic, "EGGT", sizeof magic) != 0 || read_number(file) != VERSION) {
        fail("not a golden file of this version; dump it anew");
    }
#ifdef EG_ARITHMETIC_Q31
    const uint32_t arithmetic = 1;
#else
    const uint32_t arithmetic = 0;
#endif
    if (read_number(file) != arithmetic) {
        fail("the file is of the other arithmetic");
    }
    if (read_number(file) != TENSORS) {
        fail("the file is of another network");
    }
    for (uint32_t i = 0; i < TENSORS; i++) {
        read_tensor(file, &tensors[i]);
    }
    fclose(file);
}

int main(int argc, char **argv) {
    if (argc != 2) {
        fail("usage: golden FILE");
    }
    read_file(argv[1]);
    if (eg_init(&context, EG_CLIP) != 0) {
        fail("the build has another layout");
    }
    for (uint32_t row = 0; row < tensors[0].rows; row++) {
        int8_t features[EG_FEATURES];
        for (uint32_t i = 0; i < EG_FEATURES; i++) {
            features[i] = (int8_t)(tensors[0].data[row * EG_FEATURES + i] / (1 << EG_WIDENING));
        }
        if (!eg_push_features(&context, features)) {
            fail("the input is longer than the window");
        }
        while (eg_step(&context)) {
        }
    }
    tensor_t *last = &tensors[TENSORS - 1];
    int16_t logits[EG_CLASSES];
    if (eg_result(&context, logits) != EG_COMPLETE || last->values != EG_CLASSES) {
        fail("the window is not complete");
    }
    for (uint32_t i = 0; i < EG_CLASSES; i++) {
        compare(last, i, logits[i]);
    }
    last->next++;
    int different = 0;
    for (uint32_t i = 0; i < TENSORS; i++) {
        printf("%-24s %5u of %5u rows  largest difference %d\n", tensors[i].name, (unsigned)tensors[i].next,
               (unsigned)tensors[i].rows, (int)tensors[i].largest);
        different |= tensors[i].largest != 0 || tensors[i].next != tensors[i].rows;
        free(tensors[i].data);
    }
    return different;
}
