// An Arduino board in real time: input.bin holds the timer's ticks for 256 samples (uint32_t), then int16 PCM.
#include "Arduino.h"
#include "PDM.h"

extern "C" {
#include "port.h"
#include "semihosting.h"
#include "timer.h"
int main();
}

SerialPort Serial;
Microphone PDM;

static int16_t block[256];
static void (*receive)(void);
static volatile bool has_ended;

void SerialPort::print(const char *text) {
    uint32_t length = 0;
    while (text[length] != 0) length++;
    port_write(text, length);
}
void SerialPort::println(const char *text) {
    print(text);
    print("\n");
}
void SerialPort::println(uint32_t number) {
    char digits[11] = {};
    int at = 10;
    do digits[--at] = static_cast<char>('0' + number % 10); while (number /= 10);
    println(digits + at);
}

void Microphone::onReceive(void (*callback)(void)) { receive = callback; }
int Microphone::begin(int channels, int rate) {
    uint32_t ticks;
    port_read(&ticks, sizeof ticks);
    timer_start(ticks);
    return channels == 1 && rate == 16000;
}
int Microphone::read(void *place, size_t bytes) {
    __builtin_memcpy(place, block, bytes);
    return static_cast<int>(bytes);
}

extern "C" void timer_tick(void) {
    if (has_ended) return;
    has_ended = port_read(block, sizeof block) < sizeof block;
    receive();
}

int main() {
    setup();
    while (!has_ended) loop();
    for (int rest = 0; rest < 4000; rest++) loop();
    return 0;
}
