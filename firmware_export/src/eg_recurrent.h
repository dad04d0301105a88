/* The recurrent head: eg_recurrent.c multiplies and keeps the states, eg_gru.c or eg_lstm.c makes a state of the gates.
 *
 * Gates are computed for blocks of EG_CELL_UNITS hidden units, whose rows of weights make EG_CELL_PRODUCTS products of
 * three pairs of rows: two units of a GRU with three gates, three units of an LSTM with two times two gates.
 */
#ifndef EG_RECURRENT_H
#define EG_RECURRENT_H

#include "eg_sections.h"
#include "eg_values.h"

enum { EG_PAIRS = 3, EG_PRODUCT_SUMS = 2 * EG_PAIRS, EG_CHUNK = 16 };

/* Bytes of the weights of a chunk of columns. */
enum { EG_PAIR_BYTES = 2 * EG_CHUNK, EG_CHUNK_BYTES = EG_PAIRS * EG_PAIR_BYTES };

/* Bytes of an operand's value. */
enum { EG_OPERAND_BYTES = EG_DSP ? 2 : 1 };

/* sums[pair][2] of weights int8 [chunks][3 pairs][16 columns][2] and an operand of 16 * chunks values, int8, or int16
 * for the DSP kernel. |weights| <= 127 (written by EG_PAIR); a sum stays below 2**23. */
void eg_gate_products(const int8_t *weights, const uint32_t *operand, uint32_t chunks, int32_t sums[EG_PRODUCT_SUMS]);

EG_FAST(eg_gate_products)

#if EG_WIDE

/* The same with an operand of int16 values on every core: weights in plain pairs, |sums| < 2**30. */
void eg_gate_products_wide(const int8_t *weights, const eg_value_t *operand, uint32_t chunks,
                           int32_t sums[EG_PRODUCT_SUMS]);

EG_FAST(eg_gate_products_wide)

#endif

/* The next state of the first `units` units of a block.
 *
 * row     what the weights make of the row: int16 before the gates, a pair in a word, [EG_CELL_PRODUCTS][EG_PAIRS]
 * hidden  the same of the state, [EG_CELL_PRODUCTS][EG_PAIRS][2]
 * state   of the block's first unit; further states of a unit follow EG_UNITS values later
 */
void eg_cell_step(const uint32_t *row, const int32_t *hidden, int16_t *state, uint32_t units);

/* int16 of a pair before a gate, with what the other product adds to it. */
static inline int32_t eg_low_half(uint32_t pair) {
    return (int16_t)pair;
}

static inline int32_t eg_high_half(uint32_t pair) {
    return (int16_t)(pair >> 16);
}

#endif
