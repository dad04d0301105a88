/* edgegenre-listen: mono int16 PCM (little endian, no header) on stdin, a line an answer on stdout. At 16 kHz, or what
 * else EG_SAMPLE_RATE of the model says:
 *
 *   ffmpeg -i song.mp3 -f s16le -ac 1 -ar 16000 song.s16le
 *   ./edgegenre-listen < song.s16le
 *   arecord -q -t raw -f S16_LE -r 16000 -c 1 | ./edgegenre-listen --continuous
 *
 * Without --continuous each complete window of a clip gives one line: the answer for all windows so far. With it there is
 * a line whenever the answer changes. --logits prints every decision with its largest logit instead.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "edgegenre.h"
#include "eg_decide.h"

static eg_context context;
static eg_decider decider;

static void show_logits(double seconds, eg_status_t status, const int16_t *logits) {
    uint32_t best = 0;
    for (uint32_t i = 1; i < EG_CLASSES; i++) {
        best = logits[i] > logits[best] ? i : best;
    }
    printf("%7.1f s  %-20s logit %+.3f%s\n", seconds, eg_label(best),
           (double)EG_LOGIT_SCALE * (logits[best] - EG_LOGIT_ZERO), status == EG_COMPLETE ? "" : "  (provisional)");
    fflush(stdout);
}

/* samples: heard so far, with which `since` wraps at 2**32. */
static void show_answer(double seconds, uint32_t samples, const eg_answer_t *answer) {
    const double since = seconds - (double)(samples - answer->since) / EG_SAMPLE_RATE;
    char sure[8] = "";
    if (answer->answer < EG_CLASSES) {
        snprintf(sure, sizeof sure, "%.0f%%", 100.0 * answer->probability / 32768);
    }
    printf("%7.1f s  %-20s %4s  since %.1f s\n", seconds, eg_answer_text(answer->answer), sure, since);
    fflush(stdout);
}

/* What files of sound, and some others, begin with. */
static const struct {
    size_t offset, length;
    const char *mark;
} MARKS[] = {
    {0, 4, "RIFF"},
    {0, 4, "RIFX"},
    {0, 4, "RF64"},
    {0, 8, "riff\x2e\x91\xcf\x11"},
    {0, 4, "FORM"},
    {0, 4, ".snd"},
    {0, 5, "caff"},
    {0, 4, "fLaC"},
    {0, 5, "OggS"},
    {0, 3, "ID3"},
    {4, 4, "ftyp"},
    {4, 4, "moov"},
    {4, 4, "mdat"},
    {4, 4, "free"},
    {4, 4, "wide"},
    {4, 4, "skip"},
    {0, 4, "\x1a\x45\xdf\xa3"},
    {0, 4, "0&\xb2u"},
    {0, 4, "ADIF"},
    {0, 4, "MAC "},
    {0, 4, "wvpk"},
    {0, 4, "MPCK"},
    {0, 3, "MP+"},
    {0, 4, "TTA1"},
    {0, 5, "#!AMR"},
    {0, 4, "DSD "},
    {0, 4, "FRM8"},
    {0, 4, ".RMF"},
    {0, 4, "FLV\1"},
    {0, 4, "MThd"},
    {0, 4, "PK\3\4"},
    {0, 3, "\x1f\x8b\x08"},
    {0, 5, "%PDF-"},
    {0, 4, "\x89PNG"},
};

/* Bytes of the MP3 or AAC frame with these six first bytes; 0 where there is none. */
static size_t frame_length(const unsigned char *head) {
    static const unsigned short KILOBITS[2][16] = {
        {0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0},
        {0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0},
    };
    static const unsigned short HERTZ[4] = {44100, 48000, 32000, 0};
    if (head[0] == 0xff && (head[1] & 0xf6) == 0xf0) {
        return (size_t)((head[3] & 3) << 11 | head[4] << 3 | head[5] >> 5);
    }
    const unsigned version = head[1] >> 3 & 3u; /* 3: MPEG-1, 2: MPEG-2, 0: MPEG-2.5 */
    const unsigned kilobits = KILOBITS[version == 3][head[2] >> 4], hertz = HERTZ[head[2] >> 2 & 3];
    if (head[0] != 0xff || (head[1] & 0xe6) != 0xe2 || version == 1 || kilobits == 0 || hertz == 0) {
        return 0;
    }
    const unsigned rate = hertz >> (version == 3 ? 0 : version == 2 ? 1 : 2);
    return (version == 3 ? 144000u : 72000u) * kilobits / rate + (head[2] >> 1 & 1u);
}

/* Whether these first bytes are those of a file and not of raw samples. */
static int is_a_file(const unsigned char *bytes, size_t size) {
    for (size_t i = 0; i < sizeof MARKS / sizeof MARKS[0]; i++) {
        if (size >= MARKS[i].offset + MARKS[i].length &&
            memcmp(bytes + MARKS[i].offset, MARKS[i].mark, MARKS[i].length) == 0) {
            return 1;
        }
    }
    /* Samples just below zero look like the first bytes of a frame; three of them do not follow one another. */
    size_t at = 0;
    for (int frames = 0; frames < 3; frames++) {
        const size_t length = at + 6 <= size ? frame_length(bytes + at) : 0;
        if (length < 7) {
            return 0;
        }
        at += length;
    }
    return 1;
}

static uint32_t read_samples(int16_t *samples, uint32_t count) {
    unsigned char bytes[2 * 1600];
    const size_t got = fread(bytes, 2, count, stdin);
    static int begun;
    if (!begun && is_a_file(bytes, 2 * got)) {
        fprintf(stderr, "this is a file; raw samples are needed: ffmpeg -i FILE -f s16le -ac 1 -ar %d -\n",
                EG_SAMPLE_RATE);
        exit(2);
    }
    begun = 1;
    for (size_t i = 0; i < got; i++) {
        samples[i] = (int16_t)(uint16_t)(bytes[2 * i] | bytes[2 * i + 1] << 8);
    }
    return (uint32_t)got;
}

int main(int argc, char **argv) {
    int continuous = 0, raw = 0;
    for (int i = 1; i < argc; i++) {
        continuous |= strcmp(argv[i], "--continuous") == 0;
        raw |= strcmp(argv[i], "--logits") == 0;
    }
    if (argc > 1 + continuous + raw) {
        fprintf(stderr, "usage: %s [--continuous] [--logits] < mono int16 PCM at %d Hz\n", argv[0], EG_SAMPLE_RATE);
        return 2;
    }
    const eg_mode_t mode = continuous ? EG_CONTINUOUS : EG_CLIP;
    if (eg_init(&context, mode) != 0) {
        fprintf(stderr, EG_FLAT ? "this model has no continuous mode, or the library was built with other options\n"
                                : "the library has no memory for this mode (EG_CLIP_ONLY), or was built with other "
                                  "options\n");
        return 2;
    }
    eg_decide_init(&decider, mode);
    int16_t samples[1600], logits[EG_CLASSES];
    uint32_t shown_rows = 0, decisions = 0, count, now = 0;
    double heard = 0;
    while ((count = read_samples(samples, 1600)) > 0) {
        for (uint32_t used = 0; used < count;) {
            const uint32_t taken = eg_push_pcm(&context, samples + used, count - used);
            eg_decide_pcm(&decider, samples + used, taken);
            used += taken;
            now += taken;
            heard += taken;
            while (eg_step(&context)) {
            }
            const eg_status_t status = eg_result(&context, logits);
            const int is_new = eg_rows_heard(&context) != shown_rows;
            shown_rows = eg_rows_heard(&context);
            if (!is_new || status == EG_NOT_ENOUGH_AUDIO || (!continuous && status != EG_COMPLETE)) {
                continue;
            }
            decisions++;
            eg_answer_t answer;
            const int is_news = eg_decide(&decider, logits, now, &answer);
            if (raw) {
                show_logits(heard / EG_SAMPLE_RATE, status, logits);
            } else if (is_news) {
                show_answer(heard / EG_SAMPLE_RATE, now, &answer);
            }
        }
    }
    if (decisions == 0) {
        fprintf(stderr, "not enough audio: %.1f s heard\n", heard / EG_SAMPLE_RATE);
        return 1;
    }
    return 0;
}
