/* The board of examples/mlperf_tiny.c: the MPS2 as qemu models it (Arm AN385, AN386 and AN500), its first serial port, its
 * counter and a LED in place of the pin. */
#include <stdint.h>

void board_start(void);
int board_read(void);
void board_write(char character);
void board_pulse(void);
uint32_t board_microseconds(void);

enum { HERTZ = 25000000, BAUD = 115200, PULSE_STEPS = 100000 };

/* DATA, STATE (1: nothing more can be sent, 2: a byte has come), CTRL (1: send, 2: receive), INTSTATUS, BAUDDIV. */
#define UART ((volatile uint32_t *)0x40004000u)

/* Of the FPGA's own registers: LED0, COUNTER, PRESCALE. */
#define FPGA ((volatile uint32_t *)0x40028000u)
#define LED FPGA[0]
#define COUNTER FPGA[6]
#define PRESCALE FPGA[7]

void board_start(void) {
    UART[4] = HERTZ / BAUD;
    UART[2] = 1 | 2;
    PRESCALE = HERTZ / 1000000 - 1;
    COUNTER = 0;
    LED = 1;
}

int board_read(void) {
    while ((UART[1] & 2) == 0) {
    }
    return (int)(UART[0] & 0xFF);
}

void board_write(char character) {
    while ((UART[1] & 1) != 0) {
    }
    UART[0] = (unsigned char)character;
}

void board_pulse(void) {
    LED = 0;
    for (volatile int i = 0; i < PULSE_STEPS; i++) {
    }
    LED = 1;
}

uint32_t board_microseconds(void) {
    return COUNTER;
}
