/* The board of examples/bare_metal.c, emulated in real time: a timer stands for the DMA of a microphone.
 *
 * input    32-bit word: timer ticks for half of the audio buffer; then int16 PCM
 * output   a line an answer: "whole" or "provisional", and the label; at the end "lost", and the samples lost
 *
 * The DMA is a hard one: it overwrites a half as soon as the other one is full, where a real one takes its time.
 */
#include "port.h"
#include "semihosting.h"
#include "timer.h"

void board_start_audio(int16_t *buffer, uint32_t samples);
void board_wait(void);
void board_show(const char *label, int is_whole);
void board_lost(uint32_t samples);
void audio_half_is_full(void);

static int16_t *place;
static uint32_t half_samples, half, lost;
static volatile int has_ended;

static void write_text(const char *text) {
    uint32_t length = 0;
    while (text[length] != 0) {
        length++;
    }
    port_write(text, length);
}

static void write_number(uint32_t number) {
    char digits[11] = {0};
    uint32_t at = sizeof digits - 1;
    do {
        digits[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    write_text(digits + at);
}

static void fill_half(void) {
    const uint32_t bytes = half_samples * (uint32_t)sizeof *place;
    has_ended = port_read(place + half * half_samples, bytes) < bytes;
    half = !half;
}

void timer_tick(void) {
    if (!has_ended) {
        audio_half_is_full();
        fill_half();
    }
}

void board_start_audio(int16_t *buffer, uint32_t samples) {
    uint32_t ticks;
    place = buffer, half_samples = samples / 2;
    port_read(&ticks, sizeof ticks);
    fill_half();
    timer_start(ticks);
}

void board_wait(void) {
    if (has_ended) {
        write_text("lost ");
        write_number(lost);
        write_text("\n");
        semihosting_exit(0);
    }
    timer_wait();
}

void board_show(const char *label, int is_whole) {
    write_text(is_whole ? "whole " : "provisional ");
    write_text(label);
    write_text("\n");
}

void board_lost(uint32_t samples) {
    lost += samples;
}
