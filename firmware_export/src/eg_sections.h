/* Where a linker script may want the tables and the loops that take most time: flash that is executed in place is slow, and
 * so some boards have a fast memory for the loops, or two flashes.
 *
 *   -DEG_TABLE_SECTION='".eg_tables"'   weights, biases, multipliers and the front end's tables: 390 KB of ds-cnn1
 *   -DEG_FAST_SECTION='".eg_fast"'      the kernels and the Fourier transform: 3 to 8 KB
 *
 * Both need GCC or Clang, and a linker script that places the sections. */
#ifndef EG_SECTIONS_H
#define EG_SECTIONS_H

#ifdef EG_TABLE_SECTION
#define EG_TABLE __attribute__((section(EG_TABLE_SECTION)))
#else
#define EG_TABLE
#endif

/* After the declaration of `function`. */
#ifdef EG_FAST_SECTION
#define EG_FAST(function) extern __typeof__(function) function __attribute__((section(EG_FAST_SECTION)));
#else
#define EG_FAST(function)
#endif

#endif
