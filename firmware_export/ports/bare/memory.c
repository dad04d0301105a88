/* memcpy and memset without a C library: whole words where both ends are aligned. */
#include <stddef.h>
#include <stdint.h>

/* Words that may alias anything. */
typedef uint32_t __attribute__((may_alias)) word_t;

void *memcpy(void *restrict to, const void *restrict from, size_t count) {
    unsigned char *out = to;
    const unsigned char *in = from;
    if ((((uintptr_t)out | (uintptr_t)in) & 3u) == 0) {
        for (; count >= 4; count -= 4, out += 4, in += 4) {
            *(word_t *)(void *)out = *(const word_t *)(const void *)in;
        }
    }
    while (count-- > 0) {
        *out++ = *in++;
    }
    return to;
}

void *memset(void *to, int value, size_t count) {
    unsigned char *out = to;
    const word_t word = 0x01010101u * (unsigned char)value;
    for (; count > 0 && ((uintptr_t)out & 3u) != 0; count--) {
        *out++ = (unsigned char)value;
    }
    for (; count >= 4; count -= 4, out += 4) {
        *(word_t *)(void *)out = word;
    }
    while (count-- > 0) {
        *out++ = (unsigned char)value;
    }
    return to;
}
