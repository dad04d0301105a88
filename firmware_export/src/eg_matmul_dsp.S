/* The loops of eg_matmul_dsp.c: six or three positions at a time, requantized in registers. */
#include "eg_assembly.inc"

#if EG_DSP_ASSEMBLY && !EG_WIDE

#include "eg_requantize_dsp.inc"
#include "eg_sums_dsp.inc"

#ifdef EG_ARITHMETIC_Q31

.macro first_sum
    next_bias
    lsl r4, r4, #1
.endm

/* r1 half a step, r2 multiplier, r3 shift, r9 zero point. */
.macro factors
    ldrd r8, r9, [sp, #ARGUMENTS + EG_PRODUCT_MULTIPLIERS]
    ldr r2, [r8], #4
    ldrb r3, [r9], #1
    strd r8, r9, [sp, #ARGUMENTS + EG_PRODUCT_MULTIPLIERS]
    mov r1, #1
    lsl r1, r1, r3
    lsr r1, r1, #1
    ldr r9, [sp, #ARGUMENTS + EG_PRODUCT_ZERO]
.endm

.macro requantize sum
    rounded_high r8, \sum, r2, r1
    asr r8, r8, r3
    add r8, r8, r9
    ssat \sum, #8, r8
.endm

#else

.macro first_sum
    next_bias
.endm

.macro factors
    ldr r8, [sp, #ARGUMENTS + EG_PRODUCT_MULTIPLIERS]
    vldmia r8!, {s1}
    str r8, [sp, #ARGUMENTS + EG_PRODUCT_MULTIPLIERS]
    ldr r9, [sp, #ARGUMENTS + EG_PRODUCT_ZERO]
.endm

.macro requantize sum
    scale_float32 \sum
    add \sum, \sum, r9
    ssat \sum, #8, \sum
.endm

#endif

/* r8 = low, and by the flags whether that is more than what SSAT has left. */
.macro compare_low
    ldr r8, [sp, #ARGUMENTS + EG_PRODUCT_LOW]
    cmn r8, #128
.endm

function eg_six_positions
    enter
output_of_six:
    first_sum
    six_sums
    factors
    requantize r4
    requantize r5
    requantize r6
    requantize r7
    requantize r12
    requantize lr
    compare_low
    beq store_six
    at_least r4, r8
    at_least r5, r8
    at_least r6, r8
    at_least r7, r8
    at_least r12, r8
    at_least lr, r8
store_six:
    store_places
    add r8, r10, r11
    strb r4, [r10]
    strb r5, [r10, r11]
    strb r6, [r10, r11, lsl #1]
    strb r7, [r8, r11, lsl #1]
    strb r12, [r10, r11, lsl #2]
    strb lr, [r8, r11, lsl #2]
    next_output 1
    bne output_of_six
    leave
end_function eg_six_positions

function eg_three_positions
    enter
output_of_three:
    first_sum
    three_sums
    factors
    requantize r4
    requantize r5
    requantize r6
    compare_low
    beq store_three
    at_least r4, r8
    at_least r5, r8
    at_least r6, r8
store_three:
    store_places
    strb r4, [r10]
    strb r5, [r10, r11]
    strb r6, [r10, r11, lsl #1]
    next_output 1
    bne output_of_three
    leave
end_function eg_three_positions

function eg_widen
    push {r4-r6, lr}
widen_turn:
    .rept 4
    ldr r4, [r0], #4
    sxtb16 r5, r4
    sxtb16 r6, r4, ror #8
#ifdef EG_ARITHMETIC_Q31
    sadd16 r5, r5, r5
    sadd16 r6, r6, r6
#endif
    strd r5, r6, [r2]
    add r2, r2, r3
    .endr
    subs r1, r1, #4
    bne widen_turn
    pop {r4-r6, pc}
end_function eg_widen

#endif
