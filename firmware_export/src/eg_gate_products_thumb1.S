/* eg_gate_products for Cortex-M0, M0+ and M23: result as in eg_gate_products.c, to the bit.
 *
 * Eight registers can be used freely, the others only added to: these hold the six sums, so that a product takes three
 * instructions.
 *
 * r0 weights, r1 operand, r2 value, r3 product, r4, r5, r6 places of the pairs, r7 the operand's end
 */
#include "eg_assembly.inc"

#if EG_THUMB1 && EG_RECURRENT

/* One weight against the column's value. */
.macro weight place, sum
    ldrsb r3, [r0, \place]
    muls r3, r2, r3
    add \sum, r3
.endm

/* The weights of the three pairs. */
.macro column
    ldrsb r2, [r1, r4]
    adds r1, #1
    weight r4, r8
    weight r5, r9
    weight r6, r10
    adds r0, #1
    weight r4, r11
    weight r5, r12
    weight r6, lr
    adds r0, #1
.endm

.macro store sum, place
    mov r3, \sum
    str r3, [r2, #\place]
.endm

function eg_gate_products
    push {r3-r7, lr}
    mov r4, r8
    mov r5, r9
    mov r6, r10
    mov r7, r11
    push {r4-r7}
    lsls r7, r2, #4
    adds r7, r7, r1
    movs r4, #0
    movs r5, #32
    movs r6, #64
    mov r8, r4
    mov r9, r4
    mov r10, r4
    mov r11, r4
    mov r12, r4
    mov lr, r4
1:
    .rept 16
    column
    .endr
    adds r0, #64
    cmp r1, r7
    beq 2f
    b 1b
2:
    ldr r2, [sp, #16]
    store r8, 0
    store r11, 4
    store r9, 8
    store r12, 12
    store r10, 16
    store lr, 20
    pop {r4-r7}
    mov r8, r4
    mov r9, r5
    mov r10, r6
    mov r11, r7
    pop {r3-r7, pc}
end_function eg_gate_products

#endif
