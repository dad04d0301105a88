/* float32 values in the context's words. */
#ifndef EG_REAL_H
#define EG_REAL_H

#include "eg_compiler.h"

/* A float that may lie where the network keeps its rows: stores of either are never moved across the other's loads. */
#ifdef __GNUC__
typedef float __attribute__((may_alias)) eg_real_t;
#else
typedef float eg_real_t;
#endif

#endif
