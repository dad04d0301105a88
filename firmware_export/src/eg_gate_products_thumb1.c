/* eg_gate_products for Cortex-M0, M0+ and M23: result as in eg_gate_products.c, to the bit.
 *
 * Eight registers can be used freely, the others only added to: these hold the six sums, so that a product takes three
 * instructions.
 */
#include "eg_recurrent.h"

#if EG_RECURRENT && EG_THUMB1_GATES

/* One weight against the column's value. */
#define WEIGHT(place, sum)                                                                                             \
    "ldrsb %[product], [%[w], %[" place "]]\n\t"                                                                       \
    "muls %[product], %[value], %[product]\n\t"                                                                        \
    "add " sum ", %[product]\n\t"

/* The weights of the three pairs. */
#define COLUMN                                                                                                         \
    "ldrsb %[value], [%[x], %[first]]\n\t"                                                                             \
    "adds %[x], #1\n\t" WEIGHT("first", "r8") WEIGHT("second", "r9")                                                   \
        WEIGHT("third", "r10") "adds %[w], #1\n\t" WEIGHT("first", "r11") WEIGHT("second", "r12")                      \
            WEIGHT("third", "lr") "adds %[w], #1\n\t"
#define FOUR_COLUMNS COLUMN COLUMN COLUMN COLUMN

/* To sums[place / 4]. */
#define STORE(sum, place)                                                                                              \
    "mov %[product], " sum "\n\t"                                                                                      \
    "str %[product], [%[value], #" place "]\n\t"

void eg_gate_products(const int8_t *weights, const uint32_t *operand, uint32_t chunks, int32_t sums[EG_PRODUCT_SUMS]) {
    const int8_t *x = (const int8_t *)operand, *const end = x + chunks * EG_CHUNK;
    int32_t value, product;
    __asm__ volatile(
        ".syntax unified\n\t"
        "mov r8, %[first]\n\t"
        "mov r9, %[first]\n\t"
        "mov r10, %[first]\n\t"
        "mov r11, %[first]\n\t"
        "mov r12, %[first]\n\t"
        "mov lr, %[first]\n"
        "1:\n\t" FOUR_COLUMNS FOUR_COLUMNS FOUR_COLUMNS FOUR_COLUMNS "adds %[w], #64\n\t"
        "ldr %[value], %[end]\n\t"
        "cmp %[x], %[value]\n\t"
        "beq 2f\n\t"
        "b 1b\n"
        "2:\n\t"
        "ldr %[value], %[sums]\n\t" STORE("r8", "0") STORE("r11", "4") STORE("r9", "8") STORE("r12", "12")
            STORE("r10", "16") STORE("lr", "20")
        : [x] "+l"(x), [w] "+l"(weights), [value] "=&l"(value), [product] "=&l"(product)
        : [first] "l"(0), [second] "l"(EG_PAIR_BYTES), [third] "l"(2 * EG_PAIR_BYTES), [end] "m"(end), [sums] "m"(sums)
        : "r8", "r9", "r10", "r11", "r12", "lr", "cc", "memory");
}

#endif
