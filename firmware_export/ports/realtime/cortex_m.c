/* SysTick on the processor's clock. */
#include "timer.h"

#define SYSTICK ((volatile uint32_t *)0xE000E010u)

void systick(void);

static volatile int has_ticked;

void systick(void) {
    has_ticked = 1;
    timer_tick();
}

void timer_start(uint32_t ticks) {
    SYSTICK[1] = ticks - 1;
    SYSTICK[2] = 0;
    SYSTICK[0] = 7; /* on, interrupts, the processor's clock */
}

void timer_wait(void) {
    __asm__ volatile("cpsid i" ::: "memory");
    if (!has_ticked) {
        __asm__ volatile("wfi");
    }
    has_ticked = 0;
    __asm__ volatile("cpsie i" ::: "memory");
}
