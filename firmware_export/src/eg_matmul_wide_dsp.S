/* The loops of eg_matmul_wide_dsp.c: six or three positions at a time, requantized in registers. */
#include "eg_assembly.inc"

#if EG_DSP_ASSEMBLY && EG_WIDE

#include "eg_requantize_dsp.inc"
#include "eg_sums_dsp.inc"

/* r2 multiplier, r3 smallest output. */
.macro factors
    ldr r8, [sp, #ARGUMENTS + EG_PRODUCT_MULTIPLIERS]
    ldr r3, [sp, #ARGUMENTS + EG_PRODUCT_LOW]
    ldr r2, [r8], #4
    str r8, [sp, #ARGUMENTS + EG_PRODUCT_MULTIPLIERS]
.endm

.macro requantize sum
    smmulr \sum, \sum, r2
    ssat \sum, #16, \sum
    at_least \sum, r3
.endm

function eg_six_positions
    enter
output_of_six:
    next_bias
    six_sums
    factors
    requantize r4
    requantize r5
    requantize r6
    requantize r7
    requantize r12
    requantize lr
    store_places
    add r8, r10, r11
    strh r4, [r10]
    strh r5, [r10, r11]
    strh r6, [r10, r11, lsl #1]
    strh r7, [r8, r11, lsl #1]
    strh r12, [r10, r11, lsl #2]
    strh lr, [r8, r11, lsl #2]
    next_output 2
    bne output_of_six
    leave
end_function eg_six_positions

function eg_three_positions
    enter
output_of_three:
    next_bias
    three_sums
    factors
    requantize r4
    requantize r5
    requantize r6
    store_places
    strh r4, [r10]
    strh r5, [r10, r11]
    strh r6, [r10, r11, lsl #1]
    next_output 2
    bne output_of_three
    leave
end_function eg_three_positions

#endif
