/* A script on stdin for eg_decide.h, answers on stdout. Each operation is a letter and a little-endian uint32_t:
 * 'c' and 'k' begin anew in clip and continuous mode; 'p' count, then int16_t samples; 'l' now, then EG_CLASSES int16_t
 * logits, of which come, as uint32_t: whether there is news, answer, probability, since. */
#include <stdio.h>

#include "eg_decide.h"

static eg_decider decider;

static int read_exactly(void *place, size_t bytes) {
    return fread(place, 1, bytes, stdin) == bytes;
}

static int hear(uint32_t count) {
    int16_t samples[256];
    while (count > 0) {
        const uint32_t part = count < 256 ? count : 256;
        if (!read_exactly(samples, part * sizeof samples[0])) {
            return 0;
        }
        eg_decide_pcm(&decider, samples, part);
        count -= part;
    }
    return 1;
}

static int decide(uint32_t now) {
    int16_t logits[EG_CLASSES];
    if (!read_exactly(logits, sizeof logits)) {
        return 0;
    }
    eg_answer_t answer;
    const uint32_t news = (uint32_t)eg_decide(&decider, logits, now, &answer);
    const uint32_t record[4] = {news, answer.answer, answer.probability, answer.since};
    return fwrite(record, sizeof record, 1, stdout) == 1;
}

int main(void) {
    unsigned char head[5];
    while (read_exactly(head, sizeof head)) {
        const uint32_t number =
            (uint32_t)head[1] | (uint32_t)head[2] << 8 | (uint32_t)head[3] << 16 | (uint32_t)head[4] << 24;
        switch (head[0]) {
        case 'c':
            eg_decide_init(&decider, EG_CLIP);
            break;
        case 'k':
            eg_decide_init(&decider, EG_CONTINUOUS);
            break;
        case 'p':
            if (!hear(number)) {
                return 2;
            }
            break;
        case 'l':
            if (!decide(number)) {
                return 2;
            }
            break;
        default:
            return 3;
        }
    }
    return 0;
}
