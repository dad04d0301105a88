/* Hours of audio through one stream, as fast as it goes.
 *
 *   endurance SECONDS ROWS     continuous mode; ROWS are taken as heard already, to see the counter go round
 *
 * State and results have to stay bounded. At the end the result has to be that of a fresh stream which heard the last
 * audio alone (from a point where blocks of rows, or the windows of a recurrent head, begin); after a reset, and started
 * anew for clips, that of a fresh stream too. The sound changes every few seconds: noise of any level, square waves,
 * silence.
 */
#include <inttypes.h>
#include <string.h>

#include "bounds.h"

enum { BLOCKS_FROM_FRESH = 40 };

static eg_context context, fresh;

static int16_t sample_at(uint64_t n) {
    uint64_t mixed = (n ^ n >> 15) * 0x9E3779B97F4A7C15u;
    const int32_t noise = (int32_t)(mixed >> 48) - 32768;
    const uint64_t scene = n / (3 * EG_SAMPLE_RATE);
    const uint32_t kind = (uint32_t)((scene * 0x9E3779B97F4A7C15u) >> 60);
    if (kind == 0) {
        return 0;
    }
    if (kind < 4) {
        return n / (8 * kind + scene % 50) % 2 ? INT16_MAX : INT16_MIN;
    }
    return (int16_t)(noise / (1 << (kind - 4)));
}

/* Push samples [begin, end); returns the rows that reached the head. */
static uint64_t play(eg_context *stream, uint64_t begin, uint64_t end) {
    static int16_t samples[EG_HOP_SAMPLES];
    int16_t logits[EG_CLASSES];
    uint64_t rows = 0;
    while (begin < end) {
        const uint32_t count = end - begin < EG_HOP_SAMPLES ? (uint32_t)(end - begin) : EG_HOP_SAMPLES;
        for (uint32_t i = 0; i < count; i++) {
            samples[i] = sample_at(begin + i);
        }
        const uint32_t taken = eg_push_pcm(stream, samples, count);
        REQUIRE(taken > 0 && taken <= count);
        begin += taken;
        uint32_t steps = 0;
        for (int worked; (worked = eg_step(stream)) != 0; steps++) {
            REQUIRE(steps < MOST_STEPS);
            rows += worked == EG_LAYERS;
        }
        require_bounded_result(stream, logits);
        require_bounded_state(stream);
    }
    return rows;
}

static void require_equal_results(eg_context *stream, eg_context *other, eg_status_t wanted) {
    int16_t logits[EG_CLASSES], others[EG_CLASSES];
    REQUIRE(eg_result(stream, logits) == wanted);
    REQUIRE(eg_result(other, others) == wanted);
    REQUIRE(memcmp(logits, others, sizeof logits) == 0);
}

/* Samples after which every layer and the head's blocks of rows or windows are where they were at the start. */
static uint64_t period(void) {
    uint64_t frames = EG_RECURRENT ? EG_HEAD_ROWS : EG_BLOCK_ROWS;
    for (uint32_t index = 0; index < EG_LAYERS; index++) {
        frames *= eg_row_layers[index].stride_time;
    }
    return frames * EG_HOP_SAMPLES;
}

int main(int argc, char **argv) {
    if (argc != 3) {
        fprintf(stderr, "usage: endurance SECONDS ROWS\n");
        return 2;
    }
    const uint64_t total = strtoull(argv[1], NULL, 10) * EG_SAMPLE_RATE;
    const uint32_t rows_before = (uint32_t)strtoul(argv[2], NULL, 10);
    const uint64_t last = total / period();
    const uint64_t window = 2u * EG_WINDOW_FRAMES * EG_HOP_SAMPLES;
    REQUIRE(last > BLOCKS_FROM_FRESH);

    REQUIRE(eg_init(&context, EG_CONTINUOUS) == 0);
    context.rows_heard = rows_before;
    const uint64_t rows = play(&context, 0, total);
    REQUIRE(eg_rows_heard(&context) == (uint32_t)(rows_before + rows));
    REQUIRE(eg_init(&fresh, EG_CONTINUOUS) == 0);
    play(&fresh, (last - BLOCKS_FROM_FRESH) * period(), total);
    require_equal_results(&context, &fresh, EG_COMPLETE);

    eg_reset(&context);
    REQUIRE(eg_init(&fresh, EG_CONTINUOUS) == 0);
    play(&context, 0, window);
    play(&fresh, 0, window);
    require_equal_results(&context, &fresh, EG_COMPLETE);

    memset(&fresh, 0, sizeof fresh);
    REQUIRE(eg_init(&context, EG_CLIP) == 0);
    REQUIRE(eg_init(&fresh, EG_CLIP) == 0);
    const uint64_t clip = EG_FRAME_SAMPLES + (uint64_t)(EG_WINDOW_FRAMES - 1) * EG_HOP_SAMPLES;
    play(&context, window, window + 3 * clip);
    play(&fresh, window + 2 * clip, window + 3 * clip);
    require_equal_results(&context, &fresh, EG_COMPLETE);
    printf("%" PRIu64 " samples, %" PRIu64 " rows, counter at %" PRIu32 "\n", total, rows,
           rows_before + (uint32_t)rows);
    return 0;
}
