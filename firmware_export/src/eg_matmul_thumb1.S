/* The loop of eg_matmul_thumb1.c: one output at three positions. Eight registers can be used freely, the others only
 * added to: one weight, one product and five addresses in the eight, three sums in the others.
 *
 * void eg_three_sums(const int8_t *weights, const int8_t *columns, uint32_t stride, uint32_t depth, int32_t sums[3])
 *
 * r0, r2, r3, r4  where weights and columns end; r1 the place before these ends
 * r5 weight, r6 product; r7, r8, r9, r12 sums
 */
#include "eg_assembly.inc"

#if EG_THUMB1

.macro product column, sum
    ldrsb r6, [\column, r1]
    muls r6, r5, r6
    add \sum, r6
.endm

function eg_three_sums
    push {r4-r7, lr}
    mov r4, r8
    mov r5, r9
    push {r4, r5}
    ldr r7, [sp, #28]
    ldr r5, [r7]
    mov r8, r5
    ldr r5, [r7, #4]
    mov r9, r5
    ldr r5, [r7, #8]
    mov r12, r5
    adds r0, r0, r3
    adds r1, r1, r3
    mov lr, r1
    add r1, r2
    adds r4, r1, r2
    rsbs r3, r3, #0
    mov r2, r1
    mov r1, r3
    mov r3, lr
1:
    .rept 8
    ldrsb r5, [r0, r1]
    product r3, r8
    product r2, r9
    product r4, r12
    adds r1, #1
    .endr
    bne 1b
    mov r5, r8
    str r5, [r7]
    mov r5, r9
    str r5, [r7, #4]
    mov r5, r12
    str r5, [r7, #8]
    pop {r4, r5}
    mov r8, r4
    mov r9, r5
    pop {r4-r7, pc}
end_function eg_three_sums

#endif
