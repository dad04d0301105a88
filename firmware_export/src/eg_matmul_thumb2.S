/* The loop of eg_matmul.c for Cortex-M3: two outputs at three positions. Six sums, three values and five addresses take
 * all registers, so a compiler spills.
 *
 * r0, r1 weights; r2, r3, r12 columns; r4 to r9 sums; r10, r11 weights; lr value
 */
#include "eg_assembly.inc"

#if EG_THUMB2

/* The arguments on the stack, behind the saved registers: the depth, then where the weights end; the sums. */
#define END 36
#define SUMS 40

.macro position column, first, second
    ldrsb lr, [\column], #1
    mla \first, r10, lr, \first
    mla \second, r11, lr, \second
.endm

function eg_six_sums
    push {r4-r11, lr}
    ldr lr, [sp, #END]
    add lr, lr, r0
    str lr, [sp, #END]
    ldr lr, [sp, #SUMS]
    ldmia lr, {r4-r9}
    add r1, r0, r1
    add r12, r2, r3, lsl #1
    add r3, r2, r3
1:
    .rept 8
    ldrsb r10, [r0], #1
    ldrsb r11, [r1], #1
    position r2, r4, r7
    position r3, r5, r8
    position r12, r6, r9
    .endr
    ldr lr, [sp, #END]
    cmp r0, lr
    bne 1b
    ldr lr, [sp, #SUMS]
    stmia lr, {r4-r9}
    pop {r4-r11, pc}
end_function eg_six_sums

#endif
