/* Start-up of any Cortex-M without a C library: vectors, coprocessors, data and bss, then main. */
#include <stdint.h>

#include "semihosting.h"

extern uint32_t link_data_load[], link_data_start[], link_data_end[], link_bss_start[], link_bss_end[],
    link_stack_top[];

int main(void);
void start(void);
void systick(void);

static void fault(void) {
    semihosting_print("fault\n");
    semihosting_exit(99);
}

/* Of programs without a timer; ports/realtime brings another one. */
__attribute__((weak)) void systick(void) {
    fault();
}

void start(void) {
#if defined(__ARM_FP) || defined(__ARM_FEATURE_MVE)
    /* CPACR: full access to coprocessors 10 and 11, the floating-point and vector unit. */
    *(volatile uint32_t *)0xE000ED88u |= 0xFu << 20;
    __asm__ volatile("dsb\n\tisb");
#endif
    const uint32_t *from = link_data_load;
    for (uint32_t *to = link_data_start; to < link_data_end; to++, from++) {
        *to = *from;
    }
    for (uint32_t *to = link_bss_start; to < link_bss_end; to++) {
        *to = 0;
    }
    semihosting_exit(main());
}

typedef void (*handler_t)(void);

typedef struct {
    uint32_t *stack;
    handler_t handlers[15];
} vectors_t;

__attribute__((section(".vectors"), used)) static const vectors_t vectors = {
    link_stack_top, {start, fault, fault, fault, fault, fault, [14] = systick}};
