/* The numbers that make answers of logits, written by the exporter: edgegenre.decisions.rules. */
#ifndef EG_DECISION_H
#define EG_DECISION_H

#include <stdint.h>

#include "eg_compiler.h"
#include "eg_sections.h"

/* What is compared with the threshold of "unknown": the largest probability of a genre; the largest logit; the energy, the
 * logarithm of the sum of exponentials; one minus the probability of the class that is no genre. */
typedef enum { EG_SCORE_PROBABILITY, EG_SCORE_LOGIT, EG_SCORE_ENERGY, EG_SCORE_OTHER } eg_score_t;

/* exponentials     [digits][16] q15: exp(-d / T) is the product over the hexadecimal digits of d
 * thresholds       [EG_CLASSES] q15
 * gate_*           mean squares of a hop; hops
 * threshold_score  in the units of `score`: q15, or logit steps with `fraction_bits`
 * energy_factor    T * ln 2 / scale, in such steps
 * other            a class, or EG_CLASSES
 */
typedef struct {
    const uint16_t *exponentials, *thresholds;
    uint32_t gate_opens, gate_closes;
    int32_t threshold_score, hysteresis_score;
    uint32_t energy_factor;
    eg_score_t score;
    uint16_t gate_hold, other, hysteresis, smoothing, confirmation;
    uint8_t digits, fraction_bits;
    int8_t zero_point;
} eg_decision_t;

extern const eg_decision_t eg_decision;

#endif
