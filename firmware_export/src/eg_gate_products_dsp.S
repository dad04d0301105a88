/* eg_gate_products with SMLAD, for Cortex-M4, M7 and M33: operand, weights and the way to the sums as in
 * eg_gate_products_dsp.c; result as in eg_gate_products.c, to the bit.
 *
 * r0 weights, r1 operand, r2 chunks; r3, r4, r5 the pairs' sums of 256 b + a; r6, r7, r8 those of a
 */
#include "eg_assembly.inc"

#if EG_DSP_ASSEMBLY && EG_RECURRENT

.macro two_columns both, low, weights, values
    smlad \both, \weights, \values, \both
    sxtb16 \weights, \weights
    smlad \low, \weights, \values, \low
.endm

.macro four_columns_of_pair both, low, place
    ldrd r9, r10, [r0, #\place]
    two_columns \both, \low, r9, r11
    two_columns \both, \low, r10, r12
.endm

.macro four_columns place
    ldrd r11, r12, [r1], #8
    four_columns_of_pair r3, r6, \place
    four_columns_of_pair r4, r7, \place + 32
    four_columns_of_pair r5, r8, \place + 64
.endm

.macro high both, low
    sub \both, \both, \low
    asr \both, \both, #8
.endm

function eg_gate_products
    push {r3-r11, lr}
    mov r3, #0
    mov r4, #0
    mov r5, #0
    mov r6, #0
    mov r7, #0
    mov r8, #0
1:
    four_columns 0
    four_columns 8
    four_columns 16
    four_columns 24
    add r0, r0, #96
    subs r2, r2, #1
    bne 1b
    high r3, r6
    high r4, r7
    high r5, r8
    ldr r9, [sp]
    strd r6, r3, [r9]
    strd r7, r4, [r9, #8]
    strd r8, r5, [r9, #16]
    pop {r3-r11, pc}
end_function eg_gate_products

#endif
