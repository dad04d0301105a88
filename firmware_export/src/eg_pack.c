/* Weights of matrix products in the order AVX-512 VNNI takes them: sixteen outputs side by side, four values deep.
 *
 * packed  int8 [channels_out / 16, rounded up][weight_stride / 4][16 outputs][4 values]; outputs that do not exist are 0
 */
#include "eg_pack.h"

#if EG_PACKED_WEIGHTS

static void pack(const eg_layer_t *layer, int8_t *packed) {
    for (uint32_t group = 0; group < layer->channels_out; group += 16) {
        for (uint32_t value = 0; value < layer->weight_stride; value += 4) {
            for (uint32_t i = 0; i < 64; i++) {
                const uint32_t channel = group + i / 4;
                const int exists = channel < layer->channels_out;
                *packed++ = exists ? layer->weights[channel * layer->weight_stride + value + i % 4] : 0;
            }
        }
    }
}

void eg_pack_weights(eg_context *context) {
    for (uint32_t i = 0; i < EG_LAYERS; i++) {
        const eg_kind_t kind = eg_row_layers[i].kind;
        if (kind == EG_CONVOLUTION || kind == EG_POINTWISE) {
            pack(&eg_row_layers[i], context->packed + eg_row_layers[i].packed);
        }
    }
    for (uint32_t i = 0; i < EG_DENSE_LAYERS; i++) {
        pack(&eg_dense_layers[i], context->packed + eg_dense_layers[i].packed);
    }
}

#endif
