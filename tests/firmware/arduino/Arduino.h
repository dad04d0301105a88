// What the sketch needs of an Arduino core, on an emulated board: see board.cpp.
#pragma once
#include <stdint.h>

struct SerialPort {
    void begin(unsigned long) {}
    void print(const char *text);
    void println(const char *text);
    void println(uint32_t number);
};
extern SerialPort Serial;

void setup();
void loop();
