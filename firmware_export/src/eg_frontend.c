/* PCM to feature rows: frames of 1600 samples, each turned into EG_FEATURES int8 values as it becomes complete.
 *
 * Equals edgegenre.frontend.integer.IntegerFrontend.features to the bit, whatever the sizes of the pushes. The
 * transform works in the context's work space: the front end runs when no row is on its way through the network.
 */
#include "eg_frontend.h"

#if EG_FRAME_SAMPLES > 0

#include "eg_fft.h"
#include "eg_fixed_point.h"
#include "eg_frontend_tables.h"
#include "eg_mel.h"

enum { HALF_BANDS = (EG_MEL_BANDS + 1) / 2, DCT_BITS = 30 };

void eg_frontend_reset(eg_context *context) {
    context->pcm_start = 0;
    context->pcm_count = 0;
}

uint32_t eg_push_pcm(eg_context *context, const int16_t *samples, uint32_t count) {
    const uint32_t space = eg_clip_is_full(context) ? 0 : EG_FRAME_SAMPLES - (uint32_t)context->pcm_count;
    const uint32_t taken = count < space ? count : space;
    uint32_t place = (uint32_t)context->pcm_start + context->pcm_count;
    place = place < EG_FRAME_SAMPLES ? place : place - EG_FRAME_SAMPLES;
    for (uint32_t i = 0; i < taken; i++) {
        context->pcm[place] = samples[i];
        place = place + 1 == EG_FRAME_SAMPLES ? 0 : place + 1;
    }
    context->pcm_count = (uint16_t)(context->pcm_count + taken);
    return taken;
}

static int32_t windowed(const eg_context *context, uint32_t n) {
    const uint32_t place = context->pcm_start + n;
    const int32_t sample = context->pcm[place < EG_FRAME_SAMPLES ? place : place - EG_FRAME_SAMPLES];
    return eg_multiply_high(sample * 65536, eg_frontend.window[n <= 800 ? n : 1600 - n]);
}

/* Step 1: the windowed samples, in the order the transform wants. */
static void window(const eg_context *context, eg_complex_t *z) {
    uint32_t row = 0, column = 0;
    for (uint32_t n = 0; n < EG_FRAME_SAMPLES; n += 2) {
        z[row * 32 + column] = (eg_complex_t){windowed(context, n), windowed(context, n + 1)};
        row = row + 18 < 25 ? row + 18 : row + 18 - 25;
        column = (column + 9) % 32;
    }
}

/* Steps 8 and 9: one coefficient of the cosine transform, normalized. Its rows mirror themselves, odd ones negated. */
static int8_t feature(const int32_t *bands, uint32_t index) {
    const int32_t *row = eg_frontend.dct + index * HALF_BANDS;
    int64_t total = (int64_t)1 << (DCT_BITS - 1);
    for (uint32_t band = 0; band < EG_MEL_BANDS / 2; band++) {
        const int32_t mirrored = bands[EG_MEL_BANDS - 1 - band];
        total += (int64_t)row[band] * (index % 2 == 0 ? bands[band] + mirrored : bands[band] - mirrored);
    }
    if (EG_MEL_BANDS % 2 == 1) {
        total += (int64_t)row[HALF_BANDS - 1] * bands[HALF_BANDS - 1];
    }
    const int32_t coefficient = (int32_t)(total >> DCT_BITS);
    const int64_t scaled = (int64_t)coefficient * eg_frontend.multiplier[index] + eg_frontend.offset[index];
    const int64_t value = scaled >> eg_frontend.shift[index];
    return (int8_t)(value < -128 ? -128 : value > 127 ? 127 : value);
}

int eg_frontend_step(eg_context *context) {
    if (context->pcm_count < EG_FRAME_SAMPLES) {
        return 0;
    }
    uint32_t *workspace = context->memory + EG_WORKSPACE_OFFSET / 4;
    eg_complex_t *z = (eg_complex_t *)(void *)workspace;
    int32_t *bands = (int32_t *)workspace + EG_FRAME_SAMPLES;
    window(context, z);
    eg_mel_log2(z, eg_fft_1600(z), bands);
    int8_t row[EG_FEATURES];
    for (uint32_t i = 0; i < EG_FEATURES; i++) {
        row[i] = feature(bands, i);
    }
    context->pcm_start = (uint16_t)((context->pcm_start + EG_HOP_SAMPLES) % EG_FRAME_SAMPLES);
    context->pcm_count = (uint16_t)(context->pcm_count - EG_HOP_SAMPLES);
    return eg_push_features(context, row);
}

#endif
