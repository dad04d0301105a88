/* The types of what layers read and write. */
#ifndef EG_VALUES_H
#define EG_VALUES_H

#include <stdint.h>

#include "eg_config.h"
#include "eg_model.h"

/* Values of the rows between the layers, and of the vectors behind a head: int8, or int16 in a model that was exported
 * with the recipe int16x8. Rows share memory with the front end's words. */
#if EG_WIDE && defined(__GNUC__)
typedef int16_t __attribute__((may_alias)) eg_value_t;
#elif EG_WIDE
typedef int16_t eg_value_t;
#else
typedef int8_t eg_value_t;
#endif

/* Sums of an averaging head, of which continuous mode needs several. */
#if defined(EG_CLIP_ONLY) || EG_FLAT
#define EG_BLOCKS 1
#else
#define EG_BLOCKS 10
#endif

#define EG_WIDE_VECTORS (EG_WIDE && !EG_RECURRENT)
#if EG_WIDE_VECTORS
typedef eg_value_t eg_head_value_t;
#else
typedef int8_t eg_head_value_t;
#endif

#endif
