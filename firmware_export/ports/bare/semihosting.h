/* Semihosting: files and the console of the machine that runs the emulator or the debugger. */
#ifndef SEMIHOSTING_H
#define SEMIHOSTING_H

#include <stdint.h>

/* Operation `operation` on `arguments`: the one instruction sequence that differs between processors. */
intptr_t semihosting_call(uintptr_t operation, const void *arguments);

void semihosting_print(const char *text);
__attribute__((noreturn)) void semihosting_exit(int32_t status);

#endif
