/* The board of examples/mlperf_tiny.c as a Linux program: standard input and output are its serial port, and a pulse of the
 * pin is a line on standard error. */
#define _POSIX_C_SOURCE 199309L

#include <stdint.h>
#include <stdio.h>
#include <time.h>

void board_start(void);
int board_read(void);
void board_write(char character);
void board_pulse(void);
uint32_t board_microseconds(void);

void board_start(void) {
}

int board_read(void) {
    fflush(stdout);
    return getchar();
}

void board_write(char character) {
    putchar(character);
}

void board_pulse(void) {
    fprintf(stderr, "pulse\n");
}

uint32_t board_microseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint32_t)now.tv_sec * 1000000u + (uint32_t)(now.tv_nsec / 1000);
}
