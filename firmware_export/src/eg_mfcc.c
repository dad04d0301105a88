/* One frame to features in integers. Equals edgegenre.frontend.integer.IntegerFrontend.features to the bit. */
#include "eg_mfcc.h"

#include "edgegenre.h"

#if EG_FRAME_SAMPLES > 0 && !EG_POWER_OF_TWO && !defined(EG_FRONTEND_FLOAT32)

#include "eg_cepstrum.h"
#include "eg_compiler.h"
#include "eg_fft.h"
#include "eg_fixed_point.h"
#include "eg_frontend_tables.h"
#include "eg_mel.h"

/* Samples of a frame in the ring of pushed ones. */
typedef struct {
    const int16_t *next, *begin, *end;
} samples_t;

/* Whether the ring can end within half a frame. */
enum { ENDS_WITHIN = (EG_FRAME_SAMPLES / 2) % EG_HOP_SAMPLES != 0 };

static EG_ALWAYS_INLINE void begin_anew_at_end(samples_t *samples) {
    samples->next = samples->next == samples->end ? samples->begin : samples->next;
}

static EG_ALWAYS_INLINE int32_t next_sample(samples_t *samples) {
    const int16_t *sample = samples->next++;
    if (ENDS_WITHIN) {
        begin_anew_at_end(samples);
    }
    return *sample;
}

/* Where a pair of samples goes: the sum of both, in complex words. */
typedef struct {
    int32_t row;
    uint32_t column;
} place_t;

/* One half of the frame. direction: 1, or -1, as the window mirrors itself at its middle. */
static EG_ALWAYS_INLINE void window_half(samples_t *samples, const int32_t *weight, int32_t direction, place_t *place,
                                         eg_complex_t *z) {
    for (uint32_t pair = 0; pair < EG_FRAME_SAMPLES / 4; pair++, weight += 2 * direction) {
        eg_complex_t *to = z + place->row + place->column;
        to->re = eg_multiply_high(next_sample(samples) * 65536, weight[0]);
        to->im = eg_multiply_high(next_sample(samples) * 65536, weight[direction]);
        place->row -= 7 * 32;
        place->row += place->row < 0 ? 25 * 32 : 0;
        place->column = (place->column + 9) % 32;
    }
    begin_anew_at_end(samples);
}

/* Step 1: the windowed samples, in the order the transform wants. */
static void window(const int16_t *pcm, uint32_t start, eg_complex_t *z) {
    samples_t samples = {pcm + start, pcm, pcm + EG_FRAME_SAMPLES};
    place_t place = {0, 0};
    window_half(&samples, eg_frontend.window, 1, &place, z);
    window_half(&samples, eg_frontend.window + EG_FRAME_SAMPLES / 2, -1, &place, z);
}

void eg_mfcc(const int16_t *pcm, uint32_t start, uint32_t *workspace, int8_t *row) {
    eg_complex_t *z = (eg_complex_t *)(void *)workspace;
    int32_t *bands = (int32_t *)workspace + EG_FRAME_SAMPLES;
    window(pcm, start, z);
    eg_mel_log2(z, eg_fft_1600(z), bands);
    for (uint32_t i = 0; i < EG_FEATURES; i++) {
        row[i] = eg_normalized(eg_coefficient(bands, i), i);
    }
}

#endif
