/* Arduino looks for headers in src/ alone: this leads to ../include/.
 *
 * An Arduino library cannot ask for -ffp-contract=off, without which float32 is not the same on every core. So the
 * integer arithmetic is taken unless the build asks for the other one. */
#ifdef ARDUINO
#include "eg_options.h"
#endif

#if defined(ARDUINO) && !defined(EG_ARITHMETIC_FLOAT32) && !defined(EG_ARITHMETIC_Q31)
#define EG_ARITHMETIC_Q31
#endif

#include "../include/eg_config.h"
