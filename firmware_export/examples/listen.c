/* edgegenre-listen: 16 kHz mono int16 PCM (little endian, no header) on stdin, a line a decision on stdout.
 *
 *   ffmpeg -i song.mp3 -f s16le -ac 1 -ar 16000 song.s16le
 *   ./edgegenre-listen < song.s16le
 *   arecord -q -t raw -f S16_LE -r 16000 -c 1 | ./edgegenre-listen --continuous
 *
 * Without --continuous each complete window of a clip gives one line, as `edgegenre classify` scores it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "edgegenre.h"

static eg_context context;

static void show(double seconds, eg_status_t status, const int16_t *logits) {
    uint32_t best = 0;
    for (uint32_t i = 1; i < EG_CLASSES; i++) {
        best = logits[i] > logits[best] ? i : best;
    }
    printf("%7.1f s  %-20s logit %+.3f%s\n", seconds, eg_label(best),
           (double)EG_LOGIT_SCALE * (logits[best] - EG_LOGIT_ZERO), status == EG_COMPLETE ? "" : "  (provisional)");
    fflush(stdout);
}

static uint32_t read_samples(int16_t *samples, uint32_t count) {
    unsigned char bytes[2 * 1600];
    const size_t got = fread(bytes, 2, count, stdin);
    static int begun;
    if (!begun && got >= 2 && memcmp(bytes, "RIFF", 4) == 0) {
        fprintf(stderr, "this is a WAV file; raw samples are needed: ffmpeg -i song.wav -f s16le -ac 1 -ar 16000 -\n");
        exit(2);
    }
    begun = 1;
    for (size_t i = 0; i < got; i++) {
        samples[i] = (int16_t)(uint16_t)(bytes[2 * i] | bytes[2 * i + 1] << 8);
    }
    return (uint32_t)got;
}

int main(int argc, char **argv) {
    const int continuous = argc == 2 && strcmp(argv[1], "--continuous") == 0;
    if (argc > 1 && !continuous) {
        fprintf(stderr, "usage: %s [--continuous] < 16 kHz mono int16 PCM\n", argv[0]);
        return 2;
    }
    if (eg_init(&context, continuous ? EG_CONTINUOUS : EG_CLIP) != 0) {
        fprintf(stderr, "the library has no memory for this mode (EG_CLIP_ONLY), or was built with other options\n");
        return 2;
    }
    int16_t samples[1600], logits[EG_CLASSES];
    uint32_t shown_rows = 0, decisions = 0, count;
    double heard = 0;
    while ((count = read_samples(samples, 1600)) > 0) {
        for (uint32_t used = 0; used < count;) {
            const uint32_t taken = eg_push_pcm(&context, samples + used, count - used);
            used += taken;
            heard += taken;
            while (eg_step(&context)) {
            }
            const eg_status_t status = eg_result(&context, logits);
            const int news = continuous ? status != EG_NOT_ENOUGH_AUDIO && eg_rows_heard(&context) != shown_rows
                                        : status == EG_COMPLETE;
            if (news) {
                show(heard / EG_SAMPLE_RATE, status, logits);
                decisions++;
            }
            shown_rows = eg_rows_heard(&context);
            if (eg_clip_is_full(&context)) {
                eg_reset(&context);
            }
        }
    }
    if (decisions == 0) {
        fprintf(stderr, "not enough audio: %.1f s heard\n", heard / EG_SAMPLE_RATE);
        return 1;
    }
    return 0;
}
