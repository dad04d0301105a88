/* The loops of eg_depthwise_3x3_dsp.c: one channel at a time along frequency. Each column is loaded once, for the three
 * outputs around it.
 *
 * r0, r1, r2   sums of the outputs around a column, in turns
 * r3           the column's value in slot 0
 * r4, r5, r6   weights of slots 0 and 1: of the column left of an output, its own, the one right of it
 * r7, r8       weights of slot 2: left and own; right
 * r9, r10      the column's values in slots 0 and 1; in slot 2
 * r11          bytes from slot to slot
 * r12          from r3 to the output of the column before
 * lr           bytes from column to column
 */
#include "eg_assembly.inc"

#if EG_DSP_ASSEMBLY

#include "eg_depthwise_3x3_dsp.h"
#include "eg_requantize_dsp.inc"

/* On the stack: what the channel has, then the saved registers, then the arguments. */
#define BIAS 0
#define MULTIPLIER 4
#define HALF 8
#define SHIFT 12
#define ZERO 16
#define LOCALS 20
#define ARGUMENTS (LOCALS + 36)

#ifdef EG_ARITHMETIC_Q31

/* Weights and bias are doubled instead of the sums. */
.macro double_weights
    sadd16 r4, r4, r4
    sadd16 r5, r5, r5
    sadd16 r6, r6, r6
    sadd16 r7, r7, r7
    lsl r8, r8, #1
.endm

.macro channel_factors
    ldr r9, [sp, #ARGUMENTS + EG_DEPTHWISE_BIAS]
    ldr r0, [r9], #4
    str r9, [sp, #ARGUMENTS + EG_DEPTHWISE_BIAS]
    lsl r0, r0, #1
    str r0, [sp, #BIAS]
    ldrd r9, r10, [sp, #ARGUMENTS + EG_DEPTHWISE_MULTIPLIERS]
    ldr r1, [r9], #4
    ldrb r3, [r10], #1
    strd r9, r10, [sp, #ARGUMENTS + EG_DEPTHWISE_MULTIPLIERS]
    mov r2, #1
    lsl r2, r2, r3
    lsr r2, r2, #1
    strd r1, r2, [sp, #MULTIPLIER]
    str r3, [sp, #SHIFT]
.endm

/* r9 = the output before its limits; destroys r10 and the sum. */
.macro requantize sum
    ldrd r9, r10, [sp, #MULTIPLIER]
    rounded_high r9, \sum, r9, r10
    ldrd r10, \sum, [sp, #SHIFT]
    asr r9, r9, r10
    add r9, r9, \sum
.endm

#else

.macro double_weights
.endm

.macro channel_factors
    ldr r9, [sp, #ARGUMENTS + EG_DEPTHWISE_BIAS]
    ldr r0, [r9], #4
    str r9, [sp, #ARGUMENTS + EG_DEPTHWISE_BIAS]
    str r0, [sp, #BIAS]
    ldr r9, [sp, #ARGUMENTS + EG_DEPTHWISE_MULTIPLIERS]
    vldmia r9!, {s1}
    str r9, [sp, #ARGUMENTS + EG_DEPTHWISE_MULTIPLIERS]
.endm

.macro requantize sum
    scale_float32 \sum
    ldr r10, [sp, #ZERO]
    add r9, \sum, r10
.endm

#endif

/* The sum as output of the column before r3. */
.macro put sum, clamp
    requantize \sum
    ssat r9, #8, r9
    .if \clamp
    ldr r10, [sp, #ARGUMENTS + EG_DEPTHWISE_LOW]
    at_least r9, r10
    .endif
    strb r9, [r3, r12]
.endm

.macro load_column
    ldrsb r9, [r3]
    ldrsb r10, [r3, r11]
    pkhbt r9, r9, r10, lsl #16
    ldrsb r10, [r3, r11, lsl #1]
.endm

/* Leaves by the flags whether this was the last column. */
.macro next_column
    add r3, r3, lr
    ldr r9, [sp, #ARGUMENTS + EG_DEPTHWISE_END]
    cmp r3, r9
.endm

/* `finished` lacks this column alone, `current` the next one too, `begun` is the sum behind. */
.macro column finished, current, begun, clamp
    load_column
    ldr \begun, [sp, #BIAS]
    smlad \finished, r6, r9, \finished
    smlad \current, r5, r9, \current
    smlad \begun, r4, r9, \begun
    smlabb \finished, r8, r10, \finished
    smlatb \current, r7, r10, \current
    smlabb \begun, r7, r10, \begun
    put \finished, \clamp
    next_column
.endm

/* From the second column on; r0 and r1 are the sums of the first two. */
.macro columns clamp
1:
    column r0, r1, r2, \clamp
    beq 3f
    column r1, r2, r0, \clamp
    beq 4f
    column r2, r0, r1, \clamp
    bne 1b
2:
    ldr r9, [sp, #ARGUMENTS + EG_DEPTHWISE_BORDER]
    smlad r0, r6, r9, r0
    smlabb r0, r8, r9, r0
    put r0, \clamp
    b next_channel
3:
    mov r0, r1
    b 2b
4:
    mov r0, r2
    b 2b
.endm

function eg_depthwise_channels
    push {r0-r3}
    push {r4-r11, lr}
    sub sp, #LOCALS
    ldr r0, [sp, #ARGUMENTS + EG_DEPTHWISE_ZERO]
    str r0, [sp, #ZERO]
    ldr r12, [sp, #ARGUMENTS + EG_DEPTHWISE_DISTANCE]
    ldrd lr, r11, [sp, #ARGUMENTS + EG_DEPTHWISE_CHANNELS]
channel:
    add r3, sp, #ARGUMENTS + EG_DEPTHWISE_WEIGHTS
    ldmia r3, {r0-r2}
    ldrsb r5, [r0, lr]
    ldrsb r6, [r0, lr, lsl #1]
    ldrsb r4, [r0], #1
    ldrsb r9, [r1, lr]
    ldrsb r10, [r1, lr, lsl #1]
    pkhbt r5, r5, r9, lsl #16
    ldrsb r9, [r1], #1
    pkhbt r6, r6, r10, lsl #16
    pkhbt r4, r4, r9, lsl #16
    ldrsb r9, [r2, lr]
    ldrsb r8, [r2, lr, lsl #1]
    ldrsb r7, [r2], #1
    pkhbt r7, r7, r9, lsl #16
    stmia r3, {r0-r2}
    double_weights
    channel_factors
    /* The first column, and the border left of it. */
    ldr r3, [sp, #ARGUMENTS + EG_DEPTHWISE_FIRST]
    ldr r2, [sp, #ARGUMENTS + EG_DEPTHWISE_BORDER]
    load_column
    ldr r1, [sp, #BIAS]
    smlad r0, r4, r2, r1
    smlabb r0, r7, r2, r0
    smlad r0, r5, r9, r0
    smlad r1, r4, r9, r1
    smlatb r0, r7, r10, r0
    smlabb r1, r7, r10, r1
    /* SSAT alone limits outputs that may be as low as -128. */
    ldr r2, [sp, #ARGUMENTS + EG_DEPTHWISE_LOW]
    cmn r2, #128
    bne clamped
    next_column
    beq 2f
    columns 0
clamped:
    next_column
    beq 2f
    columns 1
next_channel:
    ldrd r0, r1, [sp, #ARGUMENTS + EG_DEPTHWISE_FIRST]
    ldr r2, [sp, #ARGUMENTS + EG_DEPTHWISE_LAST]
    cmp r0, r2
    add r0, r0, #1
    add r1, r1, #1
    strd r0, r1, [sp, #ARGUMENTS + EG_DEPTHWISE_FIRST]
    bne channel
    add sp, #LOCALS
    pop {r4-r11, lr}
    add sp, #16
    bx lr
end_function eg_depthwise_channels

#endif
