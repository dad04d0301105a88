/* The runtime as the engine 'native' loads it: whole clips and streams of feature rows, a call for many rows. */
#ifndef EG_NATIVE_H
#define EG_NATIVE_H

#include <stdint.h>

/* Bytes of a context. */
uint32_t eg_native_context_bytes(void);

/* Prepare a context, once; continuous: 0 for clips. Returns 0, or -1 as eg_init does. */
int eg_native_init(void *context, int continuous);

/* Begin a stream anew. */
void eg_native_reset(void *context);

/* logits [clips][classes] of features int8 [clips][time][frequency], in a context for clips. */
void eg_native_clips(void *context, const int8_t *features, uint32_t clips, int16_t *logits);

/* Feed `rows` feature rows; writes status, rows in the average, rows fed in this call so far and the logits of every
 * decision to records int32 [..][3 + classes]; returns how many there are, at most `room`. */
uint32_t eg_native_push(void *context, const int8_t *features, uint32_t rows, int32_t *records, uint32_t room);

/* One clip as eg_native_clips does it, with a look at the clock around every slice. Adds the nanoseconds of row layer i
 * to nanoseconds[i], those of a recurrent head to [EG_LAYERS], of the mean and the dense layers to [EG_LAYERS + 1]; what
 * a look at the clock takes is measured and left out. */
void eg_native_profile(void *context, const int8_t *features, uint64_t *nanoseconds);

#endif
