/* One step of a recurrent head after another, each from a state of the test's choice, on any platform of ports/.
 *
 * input    steps: the state before int16 [EG_STATE_VALUES], the row int8 [EG_HEAD_CHANNELS]
 * output   for each: the state after, int16 [EG_STATE_VALUES]
 *
 * tests/firmware/test_recurrent.py compares with the numpy reference.
 */
#include "edgegenre.h"
#include "eg_gates.h"
#include "eg_head.h"
#include "port.h"

static eg_context context;
static int8_t row[EG_HEAD_CHANNELS];

int main(void) {
    int16_t *state = context.states[0];
    if (eg_init(&context, EG_CLIP) != 0) {
        return 1;
    }
    while (port_read(state, sizeof context.states[0]) > 0 && port_read(row, sizeof row) == sizeof row) {
        for (uint32_t unit = 0; unit < EG_UNITS; unit++) {
            context.outputs[0][unit] = (int8_t)eg_state_to_int8(state[unit]);
        }
        eg_head_push(&context, row);
        while (eg_head_step(&context)) {
        }
        port_write(state, sizeof context.states[0]);
        eg_reset(&context);
    }
    return 0;
}
