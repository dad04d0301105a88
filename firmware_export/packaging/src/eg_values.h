/* Arduino looks for headers in src/ alone: this leads to ../include/. */
#include "../include/eg_values.h"
