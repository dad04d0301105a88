/* A sound through the runtime, for emulators: every eg_step, eg_result and eg_push_pcm between two marks, so that each can
 * be counted. A build with memory for continuous mode runs that mode to the end of the input, any other one clip, all of the
 * input.
 *
 * input    int16 PCM, or int8 feature rows for a model without front end
 * output   32-bit words: a record for each mark pair, what the step worked on (see eg_step), followed by the features
 *          [EG_FEATURES] if it was the front end and completed a row, or -1, status and logits [EG_CLASSES] of a result, or -2 of a push; at
 *          the end the bytes of the head's sums or states, sizeof(eg_context), bytes of stack used by the runtime
 */
#include "edgegenre.h"
#include "eg_layers.h"
#include "port.h"

#define MODE (EG_BLOCKS > 1 ? EG_CONTINUOUS : EG_CLIP)

static eg_context context;

static void write_word(int32_t word) {
    port_write(&word, sizeof word);
}

/* Aligned, because qemu 7.2 shows a plugin no instruction of a block that crosses a page, so a mark in one is missed. */
static __attribute__((noinline, aligned(64))) int counted_step(void) {
    PORT_BEGIN();
    const int worked = eg_step(&context);
    PORT_END();
    return worked;
}

static __attribute__((noinline, aligned(64))) eg_status_t counted_result(int16_t *logits) {
    PORT_BEGIN();
    const eg_status_t status = eg_result(&context, logits);
    PORT_END();
    return status;
}

static void decide(void) {
    int16_t logits[EG_CLASSES] = {0};
    const eg_status_t status = counted_result(logits);
    write_word(-1);
    write_word((int32_t)status);
    for (uint32_t i = 0; i < EG_CLASSES; i++) {
        write_word(logits[i]);
    }
}

/* The row that the front end has just put into the first layer's ring. */
static void write_features(void) {
    const eg_layer_t *layer = &eg_row_layers[0];
    const uint32_t slot = (context.stages[0].slot + layer->kernel_time - 1u) % layer->kernel_time;
    const eg_value_t *ring = (const void *)((const int8_t *)context.memory + layer->input);
    const eg_value_t *row = ring + slot * EG_FEATURES;
    int32_t features[EG_FEATURES];
    for (uint32_t i = 0; i < EG_FEATURES; i++) {
        features[i] = row[i] / (1 << EG_WIDENING);
    }
    port_write(features, sizeof features);
}

/* Whether the front end's last frame has completed a row. */
static int has_row(void) {
#if EG_ROW_FRAMES > 1
    return context.summed_frames == 0;
#else
    return 1;
#endif
}

static void run_steps(void) {
    int worked;
    do {
        const uint32_t rows = eg_rows_heard(&context);
        worked = counted_step();
        write_word(worked);
        if (worked == EG_LAYERS + 1 && has_row()) {
            write_features();
        }
        if (MODE == EG_CONTINUOUS && eg_rows_heard(&context) != rows) {
            decide();
        }
    } while (worked != 0);
}

#if EG_FRAME_SAMPLES > 0
static __attribute__((noinline, aligned(64))) uint32_t counted_push(const int16_t *samples, uint32_t count) {
    PORT_BEGIN();
    const uint32_t taken = eg_push_pcm(&context, samples, count);
    PORT_END();
    write_word(-2);
    return taken;
}

static void run_all(void) {
    static int16_t block[EG_HOP_SAMPLES];
    uint32_t bytes;
    while ((bytes = port_read(block, sizeof block)) > 0) {
        for (uint32_t used = 0, count = bytes / 2; used < count;) {
            used += counted_push(block + used, count - used);
            run_steps();
        }
    }
}
#else
static void run_all(void) {
    int8_t row[EG_FEATURES];
    while (port_read(row, sizeof row) == sizeof row) {
        eg_push_features(&context, row);
        run_steps();
    }
}
#endif

int main(void) {
    port_paint_stack();
    if (eg_init(&context, MODE) != 0) {
        return 1;
    }
    run_all();
    if (MODE == EG_CLIP) {
        decide();
    }
    const uint32_t stack = port_stack_bytes();
#if EG_RECURRENT
    write_word((int32_t)sizeof context.states);
#else
    write_word((int32_t)sizeof context.sums);
#endif
    write_word((int32_t)sizeof context);
    write_word((int32_t)stack);
    return 0;
}
