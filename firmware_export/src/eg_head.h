/* The pooled head, for the stream. */
#ifndef EG_HEAD_H
#define EG_HEAD_H

#include "edgegenre.h"

void eg_head_reset(eg_context *context);

/* Add one row [frequency][channels] to the average. */
void eg_head_push(eg_context *context, const int8_t *row);

/* Rows in the average that eg_result answers from. */
uint32_t eg_head_rows(const eg_context *context);

#endif
