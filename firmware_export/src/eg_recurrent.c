/* The recurrent head: a GRU or an LSTM over the rows, and the dense layers on its newest state.
 *
 * Clip mode has one state. Continuous mode has several, each over a window of its own, begun one after another; the
 * answer comes from the one that has heard most. Equals edgegenre.integer.recurrent and _Recurrent of
 * edgegenre.integer.stream_heads to the bit, in both arithmetics.
 *
 * A row is worked on in slices of EG_INPUT_SLICE or EG_STATE_SLICE blocks of units: first its product with the input
 * weights, which all states share, then state after state. The work space holds these products, and the operand: a copy
 * of the row, then of a state as it was before this row. `outputs`, `heard` and what follows from them change when
 * everything is done, so an answer between two slices is that of the row before.
 */
#include "eg_recurrent.h"

#if EG_RECURRENT

#include <string.h>

#include "eg_gates.h"
#include "eg_head.h"
#include "eg_trace.h"

enum { BLOCKS = (EG_UNITS + EG_CELL_UNITS - 1) / EG_CELL_UNITS };
enum {
    INPUT_CHUNKS = (EG_HEAD_CHANNELS + EG_CHUNK - 1) / EG_CHUNK,
    STATE_CHUNKS = (EG_UNITS + EG_CHUNK - 1) / EG_CHUNK
};

/* What a row is waiting for: nothing, its product with the input weights, the state FIRST_STATE + i. */
enum { IDLE, INPUT, FIRST_STATE };

/* Of the row: [BLOCKS][EG_CELL_PRODUCTS][EG_PAIRS], int16 of a pair in a word. */
static uint32_t *input_gates(eg_context *context) {
    return context->memory + EG_COLUMNS_OFFSET / 4;
}

static uint32_t *operand(eg_context *context) {
    return input_gates(context) + BLOCKS * EG_CELL_SUMS / 2;
}

static uint32_t states_in_use(const eg_context *context) {
    return context->mode == EG_CLIP ? 1 : EG_STATES;
}

/* Two int16 in a word. */
static uint32_t pair(int32_t low, int32_t high) {
    return (uint16_t)low | (uint32_t)high << 16;
}

/* `count` values, then zeros to the end of the chunks. */
static void take_operand(eg_context *context, const int8_t *values, uint32_t count, uint32_t chunks) {
    uint32_t *out = operand(context);
    memset(out, 0, chunks * EG_CHUNK * EG_OPERAND_BYTES);
#if EG_DSP
    for (uint32_t i = 0; i < count; i++) {
        out[i / 2] |= i % 2 ? pair(0, values[i]) : pair(values[i], 0);
    }
#else
    memcpy(out, values, count);
#endif
}

/* The row that the input weights multiply, and its product with those of one block. */
#if EG_WIDE
enum { INPUT_FACTOR = 1 };

static void take_row(eg_context *context, const eg_value_t *row) {
    memset(operand(context), 0, INPUT_CHUNKS * EG_CHUNK * sizeof *row);
    memcpy(operand(context), row, EG_HEAD_CHANNELS * sizeof *row);
}

static void input_products(eg_context *context, const int8_t *weights, int32_t *sums) {
    eg_gate_products_wide(weights, (const eg_value_t *)(void *)operand(context), INPUT_CHUNKS, sums);
}
#else
enum { INPUT_FACTOR = 128 };

static void take_row(eg_context *context, const int8_t *row) {
    take_operand(context, row, EG_HEAD_CHANNELS, INPUT_CHUNKS);
}

static void input_products(eg_context *context, const int8_t *weights, int32_t *sums) {
    eg_gate_products(weights, operand(context), INPUT_CHUNKS, sums);
}
#endif

void eg_head_reset(eg_context *context) {
    memset(context->states, 0, sizeof context->states);
    memset(context->outputs, 0, sizeof context->outputs);
    for (uint32_t state = 0; state < EG_STATES; state++) {
        context->heard[state] = -(int32_t)eg_recurrent.starts[state];
    }
    context->phase = IDLE;
    context->rows_heard = 0;
    context->rows_to_hear = EG_HEAD_ROWS;
}

void eg_head_push(eg_context *context, const eg_value_t *row) {
    take_row(context, row);
    context->phase = INPUT;
    context->next_block = 0;
}

static void input_block(eg_context *context, uint32_t block) {
    const int8_t *weights = eg_recurrent.input_weights + block * EG_CELL_PRODUCTS * INPUT_CHUNKS * EG_CHUNK_BYTES;
    const int32_t *bias = eg_recurrent.bias + block * EG_CELL_SUMS, *multipliers = eg_recurrent.input_multipliers;
    uint32_t *out = input_gates(context) + block * EG_CELL_SUMS / 2;
    int32_t sums[EG_CELL_SUMS];
    for (uint32_t product = 0; product < EG_CELL_PRODUCTS; product++) {
        input_products(context, weights + product * INPUT_CHUNKS * EG_CHUNK_BYTES, sums + product * EG_PRODUCT_SUMS);
    }
    for (uint32_t i = 0; i < EG_CELL_SUMS; i += 2) {
        *out++ = pair(eg_requantize16(sums[i] * INPUT_FACTOR + bias[i], multipliers[i]),
                      eg_requantize16(sums[i + 1] * INPUT_FACTOR + bias[i + 1], multipliers[i + 1]));
    }
}

static void state_block(eg_context *context, uint32_t state, uint32_t block) {
    const int8_t *weights = eg_recurrent.state_weights + block * EG_CELL_PRODUCTS * STATE_CHUNKS * EG_CHUNK_BYTES;
    const uint32_t first = block * EG_CELL_UNITS, left = EG_UNITS - first;
    int32_t gates[EG_CELL_SUMS];
    for (uint32_t product = 0; product < EG_CELL_PRODUCTS; product++) {
        eg_gate_products(weights + product * STATE_CHUNKS * EG_CHUNK_BYTES, operand(context), STATE_CHUNKS,
                         gates + product * EG_PRODUCT_SUMS);
    }
    for (uint32_t i = 0; i < EG_CELL_SUMS; i++) {
        /* One keeps the accumulator odd. */
        gates[i] = eg_requantize16(gates[i] * 256 + 1, eg_recurrent.state_multipliers[i]);
    }
    eg_cell_step(input_gates(context) + block * EG_CELL_SUMS / 2, gates, context->states[state] + first,
                 left < EG_CELL_UNITS ? left : EG_CELL_UNITS);
}

static void finish_row(eg_context *context) {
    for (uint32_t state = 0; state < states_in_use(context); state++) {
        if (context->heard[state] >= 0) {
            for (uint32_t unit = 0; unit < EG_UNITS; unit++) {
                context->outputs[state][unit] = (int8_t)eg_state_to_int8(context->states[state][unit]);
            }
        }
        context->heard[state] = (context->heard[state] == EG_HEAD_ROWS ? 0 : context->heard[state]) + 1;
    }
    eg_trace_row(EG_LAYERS + 1, context->outputs[0], 1);
    context->rows_heard++;
    if (context->mode == EG_CLIP && context->rows_to_hear == 0) {
        context->rows_to_hear = EG_HEAD_ROWS;
    }
    if (context->rows_to_hear > 0) {
        context->rows_to_hear--;
    }
    context->phase = IDLE;
}

/* Prepare the first state from `state` on whose window has begun; a full window begins anew. */
static void begin_state(eg_context *context, uint32_t state) {
    while (state < states_in_use(context) && context->heard[state] < 0) {
        state++;
    }
    if (state == states_in_use(context)) {
        finish_row(context);
        return;
    }
    const int full = context->heard[state] == EG_HEAD_ROWS;
    if (full) {
        memset(context->states[state], 0, sizeof context->states[state]);
    }
    take_operand(context, context->outputs[state], full ? 0 : EG_UNITS, STATE_CHUNKS);
    context->phase = (uint8_t)(FIRST_STATE + state);
    context->next_block = 0;
}

int eg_head_step(eg_context *context) {
    if (context->phase == IDLE) {
        return 0;
    }
    const uint32_t state = (uint32_t)context->phase - FIRST_STATE;
    const uint32_t most = context->phase == INPUT ? EG_INPUT_SLICE : EG_STATE_SLICE;
    uint32_t block = context->next_block;
    const uint32_t end = BLOCKS - block < most ? BLOCKS : block + most;
    for (; block < end; block++) {
        if (context->phase == INPUT) {
            input_block(context, block);
        } else {
            state_block(context, state, block);
        }
    }
    context->next_block = (uint16_t)block;
    if (block == BLOCKS) {
        begin_state(context, context->phase == INPUT ? 0 : state + 1);
    }
    return 1;
}

/* The state that has heard most; the first of equals. */
static uint32_t oldest_state(const eg_context *context) {
    uint32_t oldest = 0;
    for (uint32_t state = 1; state < states_in_use(context); state++) {
        oldest = context->heard[state] > context->heard[oldest] ? state : oldest;
    }
    return oldest;
}

uint32_t eg_head_rows(const eg_context *context) {
    return (uint32_t)context->heard[oldest_state(context)];
}

eg_status_t eg_result(eg_context *context, int16_t *logits) {
    const uint32_t oldest = oldest_state(context);
    if (context->heard[oldest] < EG_BLOCK_ROWS) {
        return EG_NOT_ENOUGH_AUDIO;
    }
    memcpy(context->vectors[0], context->outputs[oldest], EG_UNITS);
    return eg_answer(context, logits);
}

#endif
