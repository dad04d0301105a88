/* The products of a GRU's gates, for eg_gru.c: two hidden units at a time, so six rows of weights. */
#ifndef EG_GRU_H
#define EG_GRU_H

#include "edgegenre.h"

enum { EG_GATES = 3, EG_GRU_UNITS = 2, EG_GRU_SUMS = EG_GATES * EG_GRU_UNITS, EG_GRU_CHUNK = 16 };

/* Bytes of the weights of a chunk of columns. */
enum { EG_GRU_CHUNK_BYTES = EG_GRU_CHUNK * EG_GRU_SUMS };

/* Bytes of an operand's value. */
enum { EG_GRU_OPERAND_BYTES = EG_DSP ? 2 : 1 };

/* sums[gate][unit] of weights int8 [chunks][3 gates][16 columns][2 units] and an operand of 16 * chunks values, int8, or
 * int16 for the DSP kernel. |weights| <= 127 (written by EG_PAIR); a sum stays below 2**23. */
void eg_gru_products(const int8_t *weights, const uint32_t *operand, uint32_t chunks, int32_t sums[EG_GRU_SUMS]);

#if EG_WIDE

/* The same with an operand of int16 values on every core: weights in plain pairs, |sums| < 2**30. */
void eg_gru_products_wide(const int8_t *weights, const eg_value_t *operand, uint32_t chunks, int32_t sums[EG_GRU_SUMS]);

#endif

#endif
