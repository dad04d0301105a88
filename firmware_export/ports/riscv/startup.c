/* Start-up of one hart without a C library: stack, traps, floating point, bss, then main. Data are loaded in place. */
#include <stdint.h>

#include "semihosting.h"

/* Instructions on control registers are an extension of their own; what the runtime is built for need not name it. */
#define WITH_CSR(instruction, value)                                                                                   \
    __asm__ volatile(".option push; .option arch, +zicsr; " instruction "; .option pop" ::"r"(value))

extern uint32_t link_bss_start[], link_bss_end[];

int main(void);
void start(void);
void begin(void);

static __attribute__((aligned(4))) void fault(void) {
    semihosting_print("fault\n");
    semihosting_exit(99);
}

/* Where the processor starts: without a stack, so nothing but assembly. */
__attribute__((naked, section(".vectors"))) void start(void) {
    __asm__ volatile("la sp, link_stack_top\n\t"
                     "j begin");
}

__attribute__((used)) void begin(void) {
    WITH_CSR("csrw mtvec, %0", (uintptr_t)fault);
#ifdef __riscv_flen
    /* mstatus.FS: the floating-point unit is on. */
    WITH_CSR("csrs mstatus, %0", (uintptr_t)1 << 13);
#endif
    for (uint32_t *to = link_bss_start; to < link_bss_end; to++) {
        *to = 0;
    }
    semihosting_exit(main());
}
