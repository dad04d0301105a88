/* Whether a board computes what the model's exporter computed: weights and tables are whole, and give the same bytes.
 *
 *     puts(eg_selftest_text(eg_selftest(&context)));
 *
 * Every number of the model's and the front end's tables is covered by a checksum, so no flipped bit escapes. Then
 * the front end turns made-up audio into features, and the network made-up features into logits; both have to give the
 * golden bytes of the exporter's numpy reference. It takes about a tenth of the work of a window; all of it where the
 * head (EG_FLAT) or the front end (EG_ROW_FRAMES) answers once a window.
 *
 * A program that does not call it does not link it.
 */
#ifndef EG_SELFTEST_H
#define EG_SELFTEST_H

#include "edgegenre.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
    EG_SAME_BYTES = 0,
    EG_CONTEXT_DIFFERS, /* eg_init refuses: the program and its library were built differently */
    EG_TABLES_DIFFER,   /* flash was written wrongly, or has aged */
    EG_FEATURES_DIFFER, /* of the float32 front end: by more than one step */
    EG_LOGITS_DIFFER    /* the compiler, its options or the processor compute something else */
} eg_selftest_t;

/* Run the test in `context`, which has to be initialized again afterwards. */
eg_selftest_t eg_selftest(eg_context *context);

/* What a finding means, in words: "same bytes", "tables differ", ... */
const char *eg_selftest_text(eg_selftest_t finding);

#ifdef __cplusplus
}
#endif

#endif
