/* One row of one layer after another through the kernels of this build, on any platform of ports/.
 *
 * input    cases: case_t, weights, bias int32 [channels_out], multipliers or scales 32 bits [channels_out], shifts uint8
 *          [channels_out], the window's rows int8 [kernel_time][frequency_in][channels_in]
 * output   for each: the outputs, and of a convolution the gathered columns [frequency_out][weight_stride]
 *
 * tests/firmware/test_kernels.py compares with the numpy reference. Under GCC's address sanitizer every array is exactly
 * as large as its kernel may read.
 */
#include <string.h>

#include "eg_kernels.h"
#include "eg_pack.h"
#include "port.h"

enum { ARENA_BYTES = 1 << 17, UNTOUCHED = 0x5A };

/* `oldest` is taken modulo the rows of the ring. */
typedef struct {
    int32_t kind, frequency_in, channels_in, frequency_out, channels_out, kernel_time, kernel_frequency;
    int32_t stride_frequency, left, zero_in, zero_out, low, weight_stride, packed_bytes, oldest;
} case_t;

static const eg_kind_t kinds[] = {EG_CONVOLUTION, EG_POINTWISE, EG_DEPTHWISE, EG_DEPTHWISE_3X3};

#ifdef __SANITIZE_ADDRESS__
#include <stdlib.h>

static void *taken[16];
static uint32_t count;

static void *take(uint32_t bytes) {
    return taken[count++] = malloc(bytes);
}

static void forget_all(void) {
    while (count > 0) {
        free(taken[--count]);
    }
}
#else
static uint32_t arena[ARENA_BYTES / 4];
static uint32_t used;

/* Ends the program's output where there is no room: the test then misses the rest. */
static void *take(uint32_t bytes) {
    void *place = arena + used;
    used += (bytes + 3) / 4;
    return used <= ARENA_BYTES / 4 ? place : NULL;
}

static void forget_all(void) {
    used = 0;
}
#endif

static void *read_array(uint32_t bytes) {
    void *place = take(bytes);
    port_read(place, bytes);
    return place;
}

static eg_layer_t layer_of(const case_t *c) {
    eg_layer_t layer = {
        .kind = kinds[c->kind],
        .weight_stride = (uint32_t)c->weight_stride,
        .frequency_in = (uint16_t)c->frequency_in,
        .channels_in = (uint16_t)c->channels_in,
        .frequency_out = (uint16_t)c->frequency_out,
        .channels_out = (uint16_t)c->channels_out,
        .kernel_time = (uint16_t)c->kernel_time,
        .kernel_frequency = (uint16_t)c->kernel_frequency,
        .stride_time = 1,
        .stride_frequency = (uint16_t)c->stride_frequency,
        .left = (uint16_t)c->left,
        .zero_in = (int8_t)c->zero_in,
        .zero_out = (int8_t)c->zero_out,
        .low = (int8_t)c->low,
    };
    const uint32_t channels = layer.channels_out;
    const uint32_t window = (uint32_t)layer.kernel_time * layer.kernel_frequency;
    layer.weights = read_array(layer.weight_stride == 0 ? window * channels : channels * layer.weight_stride);
    layer.bias = read_array(4 * channels);
#ifdef EG_ARITHMETIC_Q31
    layer.multipliers = read_array(4 * channels);
    layer.shifts = read_array(channels);
#else
    layer.scales = read_array(4 * channels);
    read_array(channels);
#endif
    return layer;
}

/* The ring as the stream leaves it: the window's first row in slot `oldest`, other slots with anything. */
static int8_t *read_ring(const eg_layer_t *layer, uint32_t oldest) {
    const uint32_t values = (uint32_t)layer->frequency_in * layer->channels_in;
    const uint32_t rows = layer->kernel_time, read_beyond = layer->kind == EG_POINTWISE ? layer->weight_stride : 0;
    int8_t *ring = take(rows * values + read_beyond);
    memset(ring, UNTOUCHED, rows * values + read_beyond);
    for (uint32_t t = 0; t < layer->kernel_time; t++) {
        const uint32_t slot = (oldest + t) % rows;
        port_read(ring + slot * values, values);
    }
    return ring;
}

static const int8_t *pack(const eg_layer_t *layer, uint32_t bytes) {
#if EG_PACKED_WEIGHTS
    int8_t *packed = take(bytes);
    memset(packed, 0, bytes);
    if (layer->kind != EG_DEPTHWISE) {
        eg_pack_layer(layer, packed);
    }
    return packed;
#else
    (void)layer, (void)bytes;
    return NULL;
#endif
}

static void run_case(const case_t *c) {
    const eg_layer_t layer = layer_of(c);
    const uint32_t oldest = (uint32_t)c->oldest % layer.kernel_time;
    const int8_t *packed = pack(&layer, (uint32_t)c->packed_bytes), *ring = read_ring(&layer, oldest);
    const uint32_t out_bytes = (uint32_t)layer.frequency_out * layer.channels_out;
    const uint32_t columns_bytes = layer.frequency_out * layer.weight_stride;
    int8_t *out = take(out_bytes), *columns = take(columns_bytes);
    uint32_t *scratch = take(12 * layer.weight_stride);
    memset(out, UNTOUCHED, out_bytes);
    memset(columns, UNTOUCHED, columns_bytes);
    switch (layer.kind) {
    case EG_CONVOLUTION:
        eg_gather(&layer, ring, oldest, columns);
        eg_matmul(&layer, packed, columns, layer.weight_stride, layer.frequency_out, out, scratch);
        break;
    case EG_POINTWISE:
        eg_matmul(&layer, packed, ring, layer.channels_in, layer.frequency_out, out, scratch);
        break;
    case EG_DEPTHWISE:
        eg_depthwise(&layer, ring, oldest, out);
        break;
    default:
        eg_depthwise_3x3(&layer, packed, ring, oldest, out);
    }
    port_write(out, out_bytes);
    if (layer.kind == EG_CONVOLUTION) {
        port_write(columns, columns_bytes);
    }
}

int main(void) {
    case_t c;
    while (port_read(&c, sizeof c) == sizeof c) {
        run_case(&c);
        forget_all();
    }
    return 0;
}
