/* What ports/run.c needs from a platform. */
#ifndef PORT_H
#define PORT_H

#include <stdint.h>

/* Read up to `count` bytes of the input; returns how many there were, 0 at its end. */
uint32_t port_read(void *place, uint32_t count);

/* Append to the output. */
void port_write(const void *place, uint32_t count);

/* Prepare to measure the stack below this call, and the most bytes used since; 0 where that is not measured. */
void port_paint_stack(void);
uint32_t port_stack_bytes(void);

/* No-ops that the instruction counter of ports/qemu recognizes. */
#if defined(__aarch64__)
#define PORT_BEGIN() __asm__ volatile("mov x27, x27" ::: "memory")
#define PORT_END() __asm__ volatile("mov x28, x28" ::: "memory")
#elif defined(__arm__)
#define PORT_BEGIN() __asm__ volatile("mov r10, r10" ::: "memory")
#define PORT_END() __asm__ volatile("mov r11, r11" ::: "memory")
#elif defined(__riscv)
#define PORT_MARK(instruction)                                                                                         \
    __asm__ volatile(".option push; .option norvc; " instruction "; .option pop" ::: "memory")
#define PORT_BEGIN() PORT_MARK("mv x26, x26")
#define PORT_END() PORT_MARK("mv x27, x27")
#else
#define PORT_BEGIN() ((void)0)
#define PORT_END() ((void)0)
#endif

#endif
