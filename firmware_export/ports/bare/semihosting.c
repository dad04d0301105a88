/* Files by semihosting (Arm "Semihosting for AArch32 and AArch64", operations SYS_*; RISC-V has the same), and the stack
 * by painting. Arguments are words as wide as an address. */
#include "semihosting.h"

#include "port.h"

enum {
    SYS_OPEN = 0x01,
    SYS_WRITE0 = 0x04,
    SYS_WRITE = 0x05,
    SYS_READ = 0x06,
    SYS_EXIT_EXTENDED = 0x20,
    OPEN_READ_BINARY = 1,
    OPEN_WRITE_BINARY = 5,
    EXIT_APPLICATION = 0x20026
};

static const uint32_t PAINT = 0xA5A5A5A5u;

extern uint32_t link_bss_end[], link_stack_top[];

void semihosting_print(const char *text) {
    semihosting_call(SYS_WRITE0, text);
}

void semihosting_exit(int32_t status) {
    const uintptr_t block[2] = {EXIT_APPLICATION, (uint32_t)status};
    semihosting_call(SYS_EXIT_EXTENDED, block);
    for (;;) {
    }
}

static uintptr_t open_file(const char *name, uint32_t length, uint32_t mode) {
    const uintptr_t block[3] = {(uintptr_t)name, mode, length};
    const intptr_t handle = semihosting_call(SYS_OPEN, block);
    if (handle < 0) {
        semihosting_print("a file cannot be opened\n");
        semihosting_exit(98);
    }
    return (uintptr_t)handle;
}

uint32_t port_read(void *place, uint32_t count) {
    static uintptr_t handle;
    handle = handle == 0 ? open_file("input.bin", 9, OPEN_READ_BINARY) : handle;
    const uintptr_t block[3] = {handle, (uintptr_t)place, count};
    /* The call returns how many bytes were not read. */
    return count - (uint32_t)semihosting_call(SYS_READ, block);
}

void port_write(const void *place, uint32_t count) {
    static uintptr_t handle;
    handle = handle == 0 ? open_file("output.bin", 10, OPEN_WRITE_BINARY) : handle;
    const uintptr_t block[3] = {handle, (uintptr_t)place, count};
    semihosting_call(SYS_WRITE, block);
}

void port_paint_stack(void) {
    uint32_t *here = (uint32_t *)__builtin_frame_address(0);
    for (volatile uint32_t *place = link_bss_end; place < here - 16; place++) {
        *place = PAINT;
    }
}

uint32_t port_stack_bytes(void) {
    const uint32_t *place = link_bss_end;
    while (*place == PAINT) {
        place++;
    }
    return (uint32_t)((const char *)link_stack_top - (const char *)place);
}
