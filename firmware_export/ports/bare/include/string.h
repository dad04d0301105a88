/* The two functions of the C library that the runtime uses, for builds without one. The compiler expands small copies. */
#ifndef EG_PORT_STRING_H
#define EG_PORT_STRING_H

#include <stddef.h>

void *memcpy(void *restrict to, const void *restrict from, size_t count);
void *memset(void *to, int value, size_t count);

#define memcpy(to, from, count) __builtin_memcpy(to, from, count)
#define memset(to, value, count) __builtin_memset(to, value, count)

#endif
