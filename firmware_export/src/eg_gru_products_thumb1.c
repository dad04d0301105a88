/* eg_gru_products for Cortex-M0, M0+ and M23: result as in eg_gru_products.c, to the bit.
 *
 * Eight registers can be used freely, the others only added to: these hold the six sums, so that a product takes three
 * instructions.
 */
#include "eg_gru.h"

#if EG_RECURRENT && EG_THUMB1_GRU

/* One weight against the column's value. */
#define WEIGHT(place, sum)                                                                                             \
    "ldrsb %[product], [%[w], %[" place "]]\n\t"                                                                       \
    "muls %[product], %[value], %[product]\n\t"                                                                        \
    "add " sum ", %[product]\n\t"

/* Two units' weights of the three gates. */
#define COLUMN                                                                                                         \
    "ldrsb %[value], [%[x], %[reset]]\n\t"                                                                             \
    "adds %[x], #1\n\t" WEIGHT("reset", "r8") WEIGHT("update", "r9")                                                   \
        WEIGHT("new", "r10") "adds %[w], #1\n\t" WEIGHT("reset", "r11") WEIGHT("update", "r12")                        \
            WEIGHT("new", "lr") "adds %[w], #1\n\t"
#define FOUR_COLUMNS COLUMN COLUMN COLUMN COLUMN

/* To sums[place / 4]. */
#define STORE(sum, place)                                                                                              \
    "mov %[product], " sum "\n\t"                                                                                      \
    "str %[product], [%[value], #" place "]\n\t"

void eg_gru_products(const int8_t *weights, const uint32_t *operand, uint32_t chunks, int32_t sums[EG_GRU_SUMS]) {
    const int8_t *x = (const int8_t *)operand, *const end = x + chunks * EG_GRU_CHUNK;
    int32_t value, product;
    __asm__ volatile(".syntax unified\n\t"
                     "mov r8, %[reset]\n\t"
                     "mov r9, %[reset]\n\t"
                     "mov r10, %[reset]\n\t"
                     "mov r11, %[reset]\n\t"
                     "mov r12, %[reset]\n\t"
                     "mov lr, %[reset]\n"
                     "1:\n\t" FOUR_COLUMNS FOUR_COLUMNS FOUR_COLUMNS FOUR_COLUMNS "adds %[w], #64\n\t"
                     "ldr %[value], %[end]\n\t"
                     "cmp %[x], %[value]\n\t"
                     "beq 2f\n\t"
                     "b 1b\n"
                     "2:\n\t"
                     "ldr %[value], %[sums]\n\t" STORE("r8", "0") STORE("r11", "4") STORE("r9", "8") STORE("r12", "12")
                         STORE("r10", "16") STORE("lr", "20")
                     : [x] "+l"(x), [w] "+l"(weights), [value] "=&l"(value), [product] "=&l"(product)
                     : [reset] "l"(0), [update] "l"(EG_GRU_CHUNK_BYTES / 3), [new] "l"(2 * EG_GRU_CHUNK_BYTES / 3),
                       [end] "m"(end), [sums] "m"(sums)
                     : "r8", "r9", "r10", "r11", "r12", "lr", "cc", "memory");
}

#endif
