/* Weights repacked into the context, where a kernel wants them in another order than the tables have. */
#ifndef EG_PACK_H
#define EG_PACK_H

#include "edgegenre.h"
#include "eg_layers.h"

#if EG_PACKED_WEIGHTS

/* Of one layer, any kind but EG_DEPTHWISE, to memory that is all zero. */
void eg_pack_layer(const eg_layer_t *layer, int8_t *packed);

void eg_pack_weights(eg_context *context);

/* The repacked weights of `layer`. */
static inline const int8_t *eg_packed(const eg_context *context, const eg_layer_t *layer) {
    return context->packed + context->packed_start + layer->packed;
}

#else

static inline void eg_pack_weights(eg_context *context) {
    (void)context;
}

static inline const int8_t *eg_packed(const eg_context *context, const eg_layer_t *layer) {
    (void)context, (void)layer;
    return 0;
}

#endif

#endif
