/* See eg_selftest.h. The noise equals edgegenre.export.c.selftest's. */
#include "eg_selftest.h"

#include "eg_frontend.h"
#include "eg_golden.h"

static uint32_t next_noise(uint32_t *state) {
    *state = *state * 1664525u + 1013904223u;
    return *state;
}

static uint32_t crc_of_byte(uint32_t crc, uint8_t byte) {
    crc ^= byte;
    for (int bit = 0; bit < 8; bit++) {
        crc = crc >> 1 ^ (0xEDB88320u & (0u - (crc & 1u)));
    }
    return crc;
}

/* The byte `index` of a number, 0 the lowest, whatever the processor's byte order. */
static uint8_t byte_of(const uint8_t *number, uint32_t bytes, uint32_t index) {
    const uint16_t probe = 1;
    return number[*(const uint8_t *)&probe == 1 ? index : bytes - 1 - index];
}

static uint32_t found(const eg_check_t *check) {
    const uint8_t *number = check->place;
    uint32_t crc = UINT32_MAX, value = 0;
    for (uint32_t i = 0; i < check->values; i++, number += check->bytes) {
        for (uint32_t index = 0; index < check->bytes; index++) {
            const uint8_t byte = byte_of(number, check->bytes, index);
            crc = crc_of_byte(crc, byte);
            value |= (uint32_t)byte << (8 * index & 31);
        }
    }
    return check->values == 1 ? value : ~crc;
}

/* Of a number its own bytes alone are compared: the expected one is as wide as an int. */
static int is_whole(const eg_check_t *check) {
    const uint32_t bits = 8 * check->bytes;
    const uint32_t mask = check->values == 1 && bits < 32 ? (1u << bits) - 1 : UINT32_MAX;
    return ((found(check) ^ check->expected) & mask) == 0;
}

static int tables_are_whole(void) {
    for (uint32_t i = 0; i < eg_check_count; i++) {
        if (!is_whole(&eg_checks[i])) {
            return 0;
        }
    }
    return 1;
}

#if EG_FRAME_SAMPLES > 0

#ifdef EG_FRONTEND_FLOAT32
enum { MOST_STEPS = 1 };
#else
enum { MOST_STEPS = 0 };
#endif

/* The next row of the noise. */
static void noise_row(eg_context *context, uint32_t *noise, int8_t *row) {
    do {
        while (!eg_frontend_is_due(context)) {
            const int16_t sample = (int16_t)((int32_t)(next_noise(noise) >> 16) - 32768);
            eg_push_pcm(context, &sample, 1);
        }
    } while (!eg_frontend_row(context, row));
}

static int features_are_golden(eg_context *context) {
    uint32_t noise = 0;
    for (uint32_t index = 0; index < EG_GOLDEN_ROWS; index++) {
        int8_t row[EG_FEATURES];
        noise_row(context, &noise, row);
        for (uint32_t i = 0; i < EG_FEATURES; i++) {
            const int32_t steps = row[i] - eg_golden_features[index][i];
            if (steps > MOST_STEPS || steps < -MOST_STEPS) {
                return 0;
            }
        }
    }
    return 1;
}

#else

static int features_are_golden(eg_context *context) {
    (void)context;
    return 1;
}

#endif

static int logits_are_golden(eg_context *context) {
    int16_t logits[EG_CLASSES];
    uint32_t noise = 0;
    eg_reset(context);
    for (uint32_t count = 0; count < eg_golden_rows; count++) {
        int8_t row[EG_FEATURES];
        for (uint32_t i = 0; i < EG_FEATURES; i++) {
            row[i] = (int8_t)((int32_t)(next_noise(&noise) >> 24) - 128);
        }
        eg_push_features(context, row);
        while (eg_step(context)) {
        }
    }
    if (eg_result(context, logits) == EG_NOT_ENOUGH_AUDIO) {
        return 0;
    }
    for (uint32_t i = 0; i < EG_CLASSES; i++) {
        if (logits[i] != eg_golden_logits[i]) {
            return 0;
        }
    }
    return 1;
}

eg_selftest_t eg_selftest(eg_context *context) {
    if (!tables_are_whole()) {
        return EG_TABLES_DIFFER;
    }
    if (eg_init(context, EG_CLIP) != 0) {
        return EG_CONTEXT_DIFFERS;
    }
    if (!features_are_golden(context)) {
        return EG_FEATURES_DIFFER;
    }
    return logits_are_golden(context) ? EG_SAME_BYTES : EG_LOGITS_DIFFER;
}

const char *eg_selftest_text(eg_selftest_t finding) {
    static const char *const texts[] = {"same bytes", "context differs", "tables differ", "features differ",
                                        "logits differ"};
    return texts[finding];
}
