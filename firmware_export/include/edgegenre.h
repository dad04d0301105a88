/* edgegenre: a music genre classifier that listens row by row.
 *
 *     static eg_context context;
 *     if (eg_init(&context, EG_CONTINUOUS) != 0) ...
 *     for each block of audio:
 *         while (count > 0) {
 *             uint32_t taken = eg_push_pcm(&context, samples, count);
 *             samples += taken, count -= taken;
 *             while (eg_step(&context)) {}
 *         }
 *         if eg_rows_heard(&context) has changed: eg_result(&context, logits)
 *
 * C99, all memory in the one context, nothing from the C library but memcpy and memset, no recursion, no state outside
 * the context. The model (eg_model.h, eg_model.c) is generated; the rest is the same for all models.
 *
 * eg_init comes first, before eg_reset and everything else. One call at a time for each context: none of them may
 * interrupt another one. Audio that arrives in an interrupt, or in another thread, goes into a buffer of yours (a
 * ring that a DMA fills, as in examples/bare_metal.c), from which the loop that calls eg_step pushes it too;
 * or hold interrupts off around each call, eg_step among them, whose longest slice is then their latency. Different
 * contexts are independent of each other.
 *
 * One program holds one model: the names of two would clash.
 */
#ifndef EDGEGENRE_H
#define EDGEGENRE_H

#include <stdint.h>

#include "eg_config.h"
#include "eg_model.h"
#include "eg_values.h"

/* Of this runtime and its interface. */
#define EG_VERSION_MAJOR 0
#define EG_VERSION_MINOR 1
#define EG_VERSION_PATCH 0

#ifdef __GNUC__
#define EG_MUST_CHECK __attribute__((warn_unused_result))
#else
#define EG_MUST_CHECK
#endif

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
    EG_CLIP = 0,      /* windows of EG_WINDOW_FRAMES frames, one behind the other; the next one is taken while the last
                       * rows of one are computed */
    EG_CONTINUOUS = 1 /* endless; decisions cover about the last window (a recurrent head's: 3/4 to all of one) */
} eg_mode_t;

typedef enum {
    EG_NOT_ENOUGH_AUDIO = 0, /* less than one block of rows (a tenth of the window) has reached the head; of a head that
                              * needs a whole window (EG_FLAT), less than that */
    EG_PROVISIONAL = 1,      /* logits of what has been heard so far */
    EG_COMPLETE = 2          /* logits of a whole window; of a clip until the next one's first row reaches the head */
} eg_status_t;

/* One layer's place in the stream. */
typedef struct {
    uint32_t rows_left;    /* clip: input rows of the window still to come */
    uint16_t padding_left; /* clip: rows of zero point that follow its last input row */
    uint16_t missing;      /* input rows until the next output row can be computed */
    uint16_t slot;         /* where the next input row goes */
} eg_stage_t;

/* All memory of a stream, at any address that suits an int32_t: static, or from malloc. The fields are the library's own,
 * and how many bytes they take depends on the choices and the instruction set of a build (eg_config.h). */
typedef struct {
    uint32_t memory[EG_MEMORY_WORDS];
#if EG_RECURRENT
    int16_t states[EG_STATES][EG_STATE_VALUES];
    int8_t outputs[EG_STATES][EG_UNITS]; /* the hidden states after the last whole row, as int8 */
    int32_t heard[EG_STATES];            /* rows of a state's window; negative before its first one */
    uint16_t next_block;                 /* of the row that is being worked on */
    uint8_t phase;
#elif EG_FLAT
    int32_t sums[EG_FLAT_OUTPUTS];
#else
    int32_t sums[EG_BLOCKS][EG_POOL_CHANNELS];
    uint16_t block_rows[EG_BLOCKS];
    uint16_t blocks_used;
    uint16_t newest_block;
#endif
    uint32_t rows_heard;
    uint32_t rows_to_hear; /* rows until the decision covers a whole window */
    eg_mode_t mode;
    uint32_t frames_left; /* clip: frames of the window still to come */
    eg_stage_t stages[EG_LAYERS];
    eg_head_value_t vectors[2][EG_VECTOR_VALUES];
#if EG_FRAME_SAMPLES > 0
    int16_t pcm[EG_FRAME_SAMPLES];
    uint16_t pcm_start;
    uint16_t pcm_count;
#if EG_ROW_FRAMES > 1
    uint16_t summed_frames;
    int32_t totals[EG_COEFFICIENTS];
    uint32_t squares[EG_COEFFICIENTS][2]; /* low and high words */
#endif
#endif
#if EG_PACKED_WEIGHTS
    uint32_t packed_start; /* the first whole vector in `packed`, at EG_PACKED_ALIGNMENT */
    int8_t packed[EG_PACKED_BYTES + EG_PACKED_ALIGNMENT - 1];
#endif
} eg_context;

/* What a program and its library have to agree on, besides the bytes of a context. */
#define EG_LAYOUT                                                                                                      \
    ((uint32_t)EG_MODEL_HASH * 65599u + (EG_BLOCKS * 4u + (EG_DSP ? 2u : 0u) + (EG_PACKED_WEIGHTS ? 1u : 0u)))

/* eg_init for callers that cannot include this header; context_bytes and layout: theirs. */
int eg_init_checked(eg_context *context, eg_mode_t mode, uint32_t context_bytes, uint32_t layout);

/* Prepare `context` for `mode`. Returns 0, or -1 and leaves the context as it is, which must then not be used: when
 * there is no such mode, when this build has no memory for it (EG_CLIP_ONLY) or the model no such mode (EG_FLAT), when the library was built with another
 * model (EG_MODEL_HASH), other choices of eg_config.h or for other instructions than the file that calls this, so that
 * their contexts differ, or when the library's tables are not those of its own eg_model.h. In float32 also when the
 * library was compiled without -ffp-contract=off for a processor that multiplies and adds at once: its decisions would
 * be other ones. */
EG_MUST_CHECK static inline int eg_init(eg_context *context, eg_mode_t mode) {
    return eg_init_checked(context, mode, (uint32_t)sizeof *context, EG_LAYOUT);
}

/* Forget all audio: the next sample is the first of a window. After eg_init. */
void eg_reset(eg_context *context);

/* One feature row of EG_FEATURES values instead of audio. Returns 1 when it was taken, 0 when eg_step has to be called
 * first. Use either this or eg_push_pcm between two resets. */
int eg_push_features(eg_context *context, const int8_t *row);

#if EG_FRAME_SAMPLES > 0
/* Samples at EG_SAMPLE_RATE, one channel. Returns how many were taken: fewer than `count` when eg_step has to be called
 * first. A clip's window is EG_WINDOW_SAMPLES. */
uint32_t eg_push_pcm(eg_context *context, const int16_t *samples, uint32_t count);
#endif

/* Do one bounded piece of work: one row of one layer, one frame of the front end, or a part of what a row means to a
 * recurrent head. Returns the number of the row layer that worked, from 1 on, EG_LAYERS + 1 for the front end,
 * EG_LAYERS + 2 for a recurrent head, 0 when all pushed audio has been used. */
int eg_step(eg_context *context);

/* Rows that have reached the head since the reset, modulo 2**32: when it changes, so may the result. */
uint32_t eg_rows_heard(const eg_context *context);

/* Write EG_CLASSES logits (int8 values, int16 ones of a model with int16 vectors; real = EG_LOGIT_SCALE *
 * (logit - EG_LOGIT_ZERO)) and return what they cover. Nothing is written when there is not
 * enough audio. May be called between any two steps. */
eg_status_t eg_result(eg_context *context, int16_t *logits);

/* The label of class `index`, below EG_CLASSES: UTF-8, there as long as the program. */
const char *eg_label(uint32_t index);

#ifdef __cplusplus
}
#endif

#endif
