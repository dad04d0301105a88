/* One clip through the runtime, for emulators: every eg_step between two marks, so that each can be counted.
 *
 * input    int16 PCM, or int8 feature rows for a model without front end
 * output   32-bit words: what every step worked on (see eg_step), then status, logits [EG_CLASSES],
 *          sizeof(eg_context), bytes of stack used by the runtime
 */
#include "edgegenre.h"
#include "port.h"

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

static void run_steps(void) {
    int worked;
    do {
        worked = counted_step();
        write_word(worked);
    } while (worked != 0);
}

#if EG_FRAME_SAMPLES > 0
static void run_clip(void) {
    static int16_t block[EG_HOP_SAMPLES];
    uint32_t bytes;
    while ((bytes = port_read(block, sizeof block)) > 0) {
        for (uint32_t used = 0, count = bytes / 2; used < count && !eg_clip_is_full(&context);) {
            used += eg_push_pcm(&context, block + used, count - used);
            run_steps();
        }
    }
}
#else
static void run_clip(void) {
    int8_t row[EG_FEATURES];
    while (port_read(row, sizeof row) == sizeof row && !eg_clip_is_full(&context)) {
        eg_push_features(&context, row);
        run_steps();
    }
}
#endif

int main(void) {
    int16_t logits[EG_CLASSES] = {0};
    port_paint_stack();
    eg_init(&context, EG_CLIP);
    run_clip();
    const int32_t status = (int32_t)eg_result(&context, logits);
    const uint32_t stack = port_stack_bytes();
    write_word(status);
    for (uint32_t i = 0; i < EG_CLASSES; i++) {
        write_word(logits[i]);
    }
    write_word((int32_t)sizeof context);
    write_word((int32_t)stack);
    return 0;
}
