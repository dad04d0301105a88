/* The machine timer of qemu's board virt (CLINT). */
#include "semihosting.h"
#include "timer.h"

#define MTIMECMP ((volatile uint32_t *)0x2004000u)
#define MTIME ((volatile uint32_t *)0x200BFF8u)
#define WITH_CSR(instruction, value)                                                                                   \
    __asm__ volatile(".option push; .option arch, +zicsr; " instruction "; .option pop" ::"r"(value) : "memory")

enum { MIE_TIMER = 1 << 7, MSTATUS_INTERRUPTS = 1 << 3 };

static volatile int has_ticked;
static uint32_t interval;
static uint64_t next;

static void set_next(void) {
    next += interval;
    MTIMECMP[1] = UINT32_MAX;
    MTIMECMP[0] = (uint32_t)next;
    MTIMECMP[1] = (uint32_t)(next >> 32);
}

static __attribute__((interrupt("machine"), aligned(4))) void trap(void) {
    uintptr_t cause;
    __asm__ volatile(".option push; .option arch, +zicsr; csrr %0, mcause; .option pop" : "=r"(cause));
    if ((intptr_t)cause >= 0) { /* no interrupt */
        semihosting_print("fault\n");
        semihosting_exit(99);
    }
    set_next();
    has_ticked = 1;
    timer_tick();
}

void timer_start(uint32_t ticks) {
    interval = ticks;
    next = (uint64_t)MTIME[1] << 32 | MTIME[0];
    set_next();
    WITH_CSR("csrw mtvec, %0", (uintptr_t)trap);
    WITH_CSR("csrs mie, %0", (uintptr_t)MIE_TIMER);
    WITH_CSR("csrs mstatus, %0", (uintptr_t)MSTATUS_INTERRUPTS);
}

void timer_wait(void) {
    WITH_CSR("csrc mstatus, %0", (uintptr_t)MSTATUS_INTERRUPTS);
    if (!has_ticked) {
        __asm__ volatile("wfi");
    }
    has_ticked = 0;
    WITH_CSR("csrs mstatus, %0", (uintptr_t)MSTATUS_INTERRUPTS);
}
