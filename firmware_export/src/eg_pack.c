/* Weights, biases and multipliers in the order the vectors of PCs take them: eg_avx.h describes it.
 *
 * Nothing here costs time while audio is heard: eg_init packs once, eg_reset does not.
 */
#include "eg_pack.h"

#if EG_PACKED_WEIGHTS

#include "eg_avx.h"

/* Four weights of output `channel`, from the table of `layer`. */
static void four_weights(const eg_layer_t *layer, uint32_t channel, uint32_t quad, int8_t *out) {
    if (layer->kind == EG_DEPTHWISE_3X3) {
        const int8_t *place = layer->weights + quad * layer->channels_in + channel;
        for (uint32_t t = 0; t < 3; t++) {
            out[t] = place[3 * t * layer->channels_in];
        }
    } else {
        memcpy(out, layer->weights + channel * layer->weight_stride + 4 * quad, 4);
    }
}

/* One output: lane `lane` of the packed form `packed`, which is all zero. */
static void pack_output(const eg_layer_t *layer, uint32_t channel, uint32_t quads, int8_t *packed, uint32_t lane) {
    eg_packed_head_t *head = (eg_packed_head_t *)(void *)packed;
    int8_t *weights = packed + sizeof *head + 4 * lane;
    int32_t sum = 0;
    for (uint32_t quad = 0; quad < quads; quad++, weights += 4 * EG_LANES) {
        four_weights(layer, channel, quad, weights);
        sum += weights[0] + weights[1] + weights[2] + weights[3];
    }
    head->bias[lane] = layer->bias[channel] - EG_VALUE_OFFSET * sum;
#ifdef EG_ARITHMETIC_Q31
    head->multipliers[lane] = layer->multipliers[channel];
    head->shifts[lane] = layer->shifts[channel];
#else
    head->multipliers[lane] = layer->scales[channel];
#endif
}

void eg_pack_layer(const eg_layer_t *layer, int8_t *packed) {
    const uint32_t quads = layer->kind == EG_DEPTHWISE_3X3 ? 3 : layer->weight_stride / 4;
    for (uint32_t channel = 0; channel < layer->channels_out; channel++) {
        pack_output(layer, channel, quads, packed + channel / EG_LANES * eg_packed_bytes(quads), channel % EG_LANES);
    }
}

void eg_pack_weights(eg_context *context) {
    const uintptr_t beyond = (uintptr_t)context->packed % EG_PACKED_ALIGNMENT;
    context->packed_start = beyond == 0 ? 0 : (uint32_t)(EG_PACKED_ALIGNMENT - beyond);
    int8_t *packed = context->packed + context->packed_start;
    memset(packed, 0, EG_PACKED_BYTES);
#if !EG_WIDE
    for (uint32_t i = 0; i < EG_LAYERS; i++) {
        if (eg_row_layers[i].kind != EG_DEPTHWISE && eg_row_layers[i].kind != EG_MAX_POOL) {
            eg_pack_layer(&eg_row_layers[i], packed + eg_row_layers[i].packed);
        }
    }
#endif
#if !EG_WIDE_VECTORS && EG_DENSE_LAYERS > 0
    for (uint32_t i = 0; i < EG_DENSE_LAYERS; i++) {
        eg_pack_layer(&eg_dense_layers[i], packed + eg_dense_layers[i].packed);
    }
#endif
}

#endif
