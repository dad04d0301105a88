/* Arduino looks for headers in src/ alone: this leads to ../include/. */
#include "eg_config.h"

#include "../include/eg_decide.h"
