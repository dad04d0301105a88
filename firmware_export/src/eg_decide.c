/* Answers of logits and levels. Equals edgegenre/decisions to the bit; no product or quotient needs more than 32 bits but
 * that of the level. */
#include "eg_decide.h"

#include <string.h>

#include "eg_decision.h"

/* One decision a row: nothing here takes time that would be worth more flash. */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("Os")
#endif

enum {
    ONE = 1 << 15,
    MEAN_BITS = 8,
    LOG2_BITS = 10,
    SCORE_LIMIT = (1 << 22) - 1,
    MOST_DECISIONS = 256,
    NO_ANSWER = EG_SILENCE + 1, /* before the first decision */
};

void eg_decide_init(eg_decider *decider, eg_mode_t mode) {
    memset(decider, 0, sizeof *decider);
    decider->is_clip = mode == EG_CLIP;
    decider->is_open = 1;
    decider->answer = decider->candidate = NO_ANSWER;
}

#if EG_FRAME_SAMPLES > 0

static void hop_ended(eg_decider *decider) {
    if (!decider->hears) {
        decider->hears = 1;
        decider->is_open = 0;
    }
    if (decider->energy >= (uint64_t)eg_decision.gate_opens * EG_ROW_SAMPLES) {
        decider->is_open = 1;
        decider->quiet_hops = 0;
    } else if (decider->energy >= (uint64_t)eg_decision.gate_closes * EG_ROW_SAMPLES) {
        decider->quiet_hops = 0;
    } else if (decider->is_open && ++decider->quiet_hops == eg_decision.gate_hold) {
        decider->is_open = 0;
        decider->quiet_hops = 0;
    }
    decider->heard |= decider->is_open;
    decider->energy = 0;
    decider->hop_samples = 0;
}

void eg_decide_pcm(eg_decider *decider, const int16_t *samples, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        const int32_t sample = samples[i];
        decider->energy += (uint32_t)(sample * sample);
        if (++decider->hop_samples == EG_ROW_SAMPLES) {
            hop_ended(decider);
        }
    }
}

#endif

/* exp(-distance / T), q15. */
static uint32_t power(int32_t distance) {
    uint32_t product = ONE, rest = (uint32_t)distance;
    for (uint32_t i = 0; i < eg_decision.digits; i++, rest >>= 4) {
        product = (product * eg_decision.exponentials[16 * i + (rest & 15u)] + (ONE >> 1)) >> 15;
    }
    return product;
}

/* log2(total / ONE), LOG2_BITS of it behind the point: squaring the mantissa doubles its logarithm. */
static uint32_t log2_q10(uint32_t total) {
    uint32_t found = 0;
    for (; total >= 2 * ONE; total >>= 1) {
        found++;
    }
    for (uint32_t i = 0; i < LOG2_BITS; i++) {
        total = total * total >> 15;
        const uint32_t bit = total >> 16;
        total >>= bit;
        found = found << 1 | bit;
    }
    return found;
}

/* The mean of the last decisions moves towards `news`. */
static void average(const eg_decider *decider, int32_t *mean, int32_t news) {
    *mean += (news * (1 << MEAN_BITS) - *mean) / (int32_t)decider->averaged;
}

static int32_t rounded(int32_t mean) {
    return (mean + (1 << MEAN_BITS >> 1)) >> MEAN_BITS;
}

/* Average the probabilities and the score of one decision. */
static void take(eg_decider *decider, const int16_t *logits) {
    const uint32_t longest = decider->is_clip ? MOST_DECISIONS : eg_decision.smoothing;
    if (decider->averaged < longest) {
        decider->averaged++;
    }
    int32_t largest = logits[0];
    for (uint32_t i = 1; i < EG_CLASSES; i++) {
        largest = logits[i] > largest ? logits[i] : largest;
    }
    uint32_t total = 0;
    for (uint32_t i = 0; i < EG_CLASSES; i++) {
        total += power(largest - logits[i]);
    }
    int32_t best = 0, other = 0;
    for (uint32_t i = 0; i < EG_CLASSES; i++) {
        const int32_t share = (int32_t)(((power(largest - logits[i]) << 15) + (total >> 1)) / total);
        average(decider, &decider->means[i], share);
        if (i == eg_decision.other) {
            other = share;
        } else {
            best = share > best ? share : best;
        }
    }
    int32_t score = best;
    if (eg_decision.score == EG_SCORE_OTHER) {
        score = ONE - other;
    } else if (eg_decision.score != EG_SCORE_PROBABILITY) {
        score = (largest - eg_decision.zero_point) * (1 << eg_decision.fraction_bits);
        if (eg_decision.score == EG_SCORE_ENERGY) {
            score += (int32_t)(log2_q10(total) * eg_decision.energy_factor >> LOG2_BITS);
        }
        score = score > SCORE_LIMIT ? SCORE_LIMIT : score < -SCORE_LIMIT ? -SCORE_LIMIT : score;
    }
    average(decider, &decider->means[EG_CLASSES], score);
}

/* The most probable class, the first of equal ones; but_not: a class that is passed over. */
static uint32_t most_probable(const eg_decider *decider, uint32_t but_not) {
    uint32_t best = but_not == 0 && EG_CLASSES > 1;
    for (uint32_t i = best + 1; i < EG_CLASSES; i++) {
        if (i != but_not && rounded(decider->means[i]) > rounded(decider->means[best])) {
            best = i;
        }
    }
    return best;
}

/* What this decision alone says. */
static uint16_t proposal(const eg_decider *decider) {
    uint32_t best = most_probable(decider, EG_CLASSES);
    int32_t threshold_score = eg_decision.threshold_score, kept = 0;
    if (decider->answer < EG_CLASSES) {
        const int32_t hysteresis = decider->is_clip ? 0 : eg_decision.hysteresis;
        if (rounded(decider->means[decider->answer]) + hysteresis >= rounded(decider->means[best])) {
            best = decider->answer;
            kept = hysteresis;
            threshold_score -= decider->is_clip ? 0 : eg_decision.hysteresis_score;
        }
    }
    const int reaches = rounded(decider->means[best]) >= eg_decision.thresholds[best] - kept &&
                        rounded(decider->means[EG_CLASSES]) >= threshold_score;
    return (uint16_t)(reaches && best != eg_decision.other ? best : EG_UNKNOWN);
}

static int32_t probability(const eg_decider *decider) {
    if (decider->answer < EG_CLASSES) {
        return rounded(decider->means[decider->answer]);
    }
    return decider->answer == EG_UNKNOWN ? rounded(decider->means[most_probable(decider, eg_decision.other)]) : 0;
}

int eg_decide(eg_decider *decider, const int16_t *logits, uint32_t now, eg_answer_t *answer) {
    if (decider->heard || decider->is_open) {
        take(decider, logits);
    } else if (!decider->is_clip) {
        memset(decider->means, 0, sizeof decider->means);
        decider->averaged = 0;
    }
    decider->heard = 0;
    const int is_silent = decider->averaged == 0;
    const uint16_t proposed = is_silent ? EG_SILENCE : proposal(decider);
    const uint16_t confirmation = decider->is_clip ? 1 : eg_decision.confirmation;
    if (proposed != decider->candidate) {
        decider->candidate = proposed;
        decider->candidate_since = now;
        decider->agreed = 0;
    }
    if (decider->agreed < confirmation) {
        decider->agreed++;
    }
    const int is_first = decider->answer == NO_ANSWER, confirmed = is_silent || decider->agreed == confirmation;
    const int changes = is_first || (confirmed && proposed != decider->answer);
    if (changes) {
        decider->answer = confirmed ? proposed : EG_UNKNOWN;
        decider->since = decider->candidate_since;
    }
    answer->answer = decider->answer;
    answer->since = decider->since;
    answer->probability = (uint16_t)probability(decider);
    return changes || decider->is_clip;
}

const char *eg_answer_text(uint32_t answer) {
    if (answer < EG_CLASSES) {
        return eg_label(answer);
    }
    return answer == EG_UNKNOWN ? "unknown" : "silence";
}
