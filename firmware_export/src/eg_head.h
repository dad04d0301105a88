/* The head, where the time axis ends: eg_head.c averages, eg_head_flat.c multiplies, eg_recurrent.c remembers. */
#ifndef EG_HEAD_H
#define EG_HEAD_H

#include <stddef.h>

#include "edgegenre.h"
#include "eg_kernels.h"
#include "eg_pack.h"

void eg_head_reset(eg_context *context);

/* Add one row [frequency][channels]. */
void eg_head_push(eg_context *context, const eg_value_t *row);

/* Rows that eg_result answers from. */
uint32_t eg_head_rows(const eg_context *context);

#if EG_RECURRENT

/* Do a part of what the pushed row means to the head. Returns 0 when all is done. */
int eg_head_step(eg_context *context);

#else

static inline int eg_head_step(eg_context *context) {
    (void)context;
    return 0;
}

#endif

/* The dense layers: from the head's vector, in vectors[0], to the logits. */
static inline eg_status_t eg_answer(eg_context *context, int16_t *logits) {
    eg_head_value_t *from = context->vectors[0];
#if EG_DENSE_LAYERS > 0
    eg_head_value_t *to = context->vectors[1];
    for (uint32_t i = 0; i < EG_DENSE_LAYERS; i++) {
#if EG_WIDE_VECTORS
        if (eg_long_sums(&eg_dense_layers[i])) {
            eg_matmul_long(&eg_dense_layers[i], from, 0, 1, to);
        } else {
            eg_matmul_wide(&eg_dense_layers[i], from, 0, 1, to, NULL);
        }
#else
        eg_matmul(&eg_dense_layers[i], eg_packed(context, &eg_dense_layers[i]), from, 0, 1, to, NULL);
#endif
        eg_head_value_t *swap = from;
        from = to;
        to = swap;
    }
#endif
    for (uint32_t i = 0; i < EG_CLASSES; i++) {
        logits[i] = from[i];
    }
    return context->rows_to_hear == 0 ? EG_COMPLETE : EG_PROVISIONAL;
}

#endif
