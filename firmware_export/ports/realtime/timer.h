/* What ports/realtime/board.c needs of a processor: a timer, and sleep until it. */
#ifndef TIMER_H
#define TIMER_H

#include <stdint.h>

/* Call timer_tick every `ticks` of the timer's clock from now on. */
void timer_start(uint32_t ticks);

/* Sleep until the next tick, unless there was one since the last call. */
void timer_wait(void);

/* Of board.c, in an interrupt. */
void timer_tick(void);

#endif
