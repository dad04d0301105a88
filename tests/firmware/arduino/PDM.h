// The interface of Arduino's library PDM; samples come from the timer of ports/realtime.
#pragma once
#include <stddef.h>
#include <stdint.h>

struct Microphone {
    void onReceive(void (*callback)(void));
    int begin(int channels, int rate);
    int read(void *place, size_t bytes);
};
extern Microphone PDM;
