/* An LSTM's hidden state and cell from its gates: edgegenre.integer.lstm, to the bit.
 *
 * Gates in the order written, kept, candidate, shown; a pair is two gates of one unit: of the first product written and
 * kept, of the second candidate and shown.
 */
#include "eg_recurrent.h"

#if EG_RECURRENT && EG_LSTM

#include "eg_gates.h"

/* The cell is at 2**-12, and for its tanh at 257 * 2**-20: 256 / 257 of the steps. */
enum { NEW_SHIFT = 18, TANH_STEPS = 2139127680 };
static const eg_lookup_t cell_lookup = {.multiplier = 24672, .rounding = 1 << 12, .shift = 13};

void eg_cell_step(const uint32_t *row, const int32_t *hidden, int16_t *state, uint32_t units) {
    const eg_lookup_t *lookup = &eg_recurrent.lookup;
    for (; units > 0; units--, row++, hidden += 2, state++) {
        const int32_t write = eg_sigmoid(lookup, eg_saturate16(eg_low_half(row[0]) + hidden[0]));
        const int32_t keep = eg_sigmoid(lookup, eg_saturate16(eg_high_half(row[0]) + hidden[1]));
        const int32_t candidate = eg_tanh(lookup, eg_saturate16(eg_low_half(row[EG_PAIRS]) + hidden[EG_PRODUCT_SUMS]));
        const int32_t show =
            eg_sigmoid(lookup, eg_saturate16(eg_high_half(row[EG_PAIRS]) + hidden[EG_PRODUCT_SUMS + 1]));
        const int32_t kept = eg_product(keep, state[EG_UNITS], 15);
        const int32_t cell = eg_saturate16(kept + eg_product(write, candidate, NEW_SHIFT));
        state[EG_UNITS] = (int16_t)cell;
        state[0] = (int16_t)eg_product(show, eg_tanh(&cell_lookup, eg_multiply_high(2 * cell, TANH_STEPS)), 15);
    }
}

#endif
