/* A GRU's state from its gates: edgegenre.integer.gru, to the bit. A pair is two units of one gate; gates in the order
 * reset, update, new. */
#include "eg_recurrent.h"

#if EG_RECURRENT && !EG_LSTM

#include "eg_gates.h"

static int16_t next_state(int32_t state, int32_t reset, int32_t update, int32_t new_row, int32_t new_hidden) {
    const int32_t kept = eg_sigmoid(&eg_recurrent.lookup, eg_saturate16(update));
    const int32_t gated = eg_product(eg_sigmoid(&eg_recurrent.lookup, eg_saturate16(reset)), new_hidden, 15);
    const int32_t candidate = eg_tanh(&eg_recurrent.lookup, eg_saturate16(new_row + gated));
    return (int16_t)eg_saturate16(eg_product(kept, state, 15) + eg_product(INT16_MAX - kept, candidate, 15));
}

void eg_cell_step(const uint32_t *row, const int32_t *hidden, int16_t *state, uint32_t units) {
    state[0] = next_state(state[0], eg_low_half(row[0]) + hidden[0], eg_low_half(row[1]) + hidden[2],
                          eg_low_half(row[2]), hidden[4]);
    if (units > 1) {
        state[1] = next_state(state[1], eg_high_half(row[0]) + hidden[1], eg_high_half(row[1]) + hidden[3],
                              eg_high_half(row[2]), hidden[5]);
    }
}

#endif
