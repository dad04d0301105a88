/* From logits to an answer: a genre, "unknown" or "silence", that does not flicker.
 *
 *     static eg_decider decider;
 *     eg_decide_init(&decider, EG_CONTINUOUS);
 *     for the samples that eg_push_pcm took:
 *         eg_decide_pcm(&decider, samples, taken);
 *     when eg_rows_heard has changed and eg_result has written logits:
 *         if (eg_decide(&decider, logits, now, &answer)) puts(eg_answer_text(answer.answer));
 *
 * The sound is silent or not by its level, probabilities are calibrated and averaged, what reaches no threshold is
 * unknown, and a new answer has to be confirmed. The settings are the bundle's (`decisions` and `calibration` of its
 * manifest), a table in eg_model.c. Equals edgegenre.decisions to the bit; integers alone, all state in the one struct.
 * A program that does not call it does not link it.
 */
#ifndef EG_DECIDE_H
#define EG_DECIDE_H

#include "edgegenre.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Answers beside the classes, 0 to EG_CLASSES - 1. */
enum {
    EG_UNKNOWN = EG_CLASSES,    /* no genre of the model's, as far as it can tell, or none confirmed yet */
    EG_SILENCE = EG_CLASSES + 1 /* nothing is heard */
};

typedef struct {
    uint32_t since;       /* `now` of the decision that said it first */
    uint16_t answer;      /* a class, EG_UNKNOWN or EG_SILENCE */
    uint16_t probability; /* 32768 is 1. Of an unknown sound: that of the most probable genre; of silence: 0 */
} eg_answer_t;

/* The fields are the library's own. */
typedef struct {
#if EG_FRAME_SAMPLES > 0
    uint64_t energy;      /* of the hop that is being heard */
    uint32_t hop_samples; /* that belong to it so far */
    uint16_t quiet_hops;
#endif
    uint16_t averaged;             /* decisions, as far as they count */
    int32_t means[EG_CLASSES + 1]; /* Q23 of the probabilities; of the score, with 8 more fraction bits */
    uint32_t since, candidate_since;
    uint16_t answer, candidate, agreed;
    uint8_t is_clip, hears, is_open, heard;
} eg_decider;

/* Forget everything. mode: of the context whose logits follow. EG_CLIP: the answer is that of all windows since, each
 * counted once, without confirmation; call it again before the next clip. */
void eg_decide_init(eg_decider *decider, eg_mode_t mode);

#if EG_FRAME_SAMPLES > 0
/* The samples that eg_push_pcm took, for their level. A decider that is given none never says silence. */
void eg_decide_pcm(eg_decider *decider, const int16_t *samples, uint32_t count);
#endif

/* Logits as eg_result writes them: once for each row heard in EG_CONTINUOUS, once for each EG_COMPLETE window in EG_CLIP.
 * now: a time that does not fall, in any unit; it may wrap. Writes the answer as it is now and returns 1 when it has
 * changed, or is of a clip's next window; 0 when there is no news. */
int eg_decide(eg_decider *decider, const int16_t *logits, uint32_t now, eg_answer_t *answer);

/* The label of a class, "unknown" or "silence". */
const char *eg_answer_text(uint32_t answer);

#ifdef __cplusplus
}
#endif

#endif
