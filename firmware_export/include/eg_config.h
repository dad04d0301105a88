/* Build choices, in one place.
 *
 * EG_ARITHMETIC_Q31    requantize by 31-bit multipliers and shifts, or, EG_ARITHMETIC_FLOAT32, in float32. Without
 *                      either, the first where the processor has no floating-point unit
 * EG_FRONTEND_FLOAT32  compute features in float32 instead of integers: for cores with a floating-point unit, where it
 *                      takes about half the instructions; without one the compiler's software floats make it slow.
 *                      Features of music are at most one int8 step off the integer ones, at most one in a thousand
 * EG_CLIP_ONLY         leave out the memory of continuous mode: one running sum instead of ten, one recurrent state
 *                      instead of four. A model whose head needs a whole window (EG_FLAT in eg_model.h) has none
 * EG_PORTABLE          leave out every instruction set variant
 * EG_NO_ASSEMBLY       C in place of the kernels in assembly on Cortex-M. The same bytes, more instructions,
 *                      and these depend on the compiler and its options
 *
 * The memory of a stream depends on these and on the instruction set: a program has to include the headers with the
 * options that its library was built with. eg_init refuses a program that does not.
 *
 * Derived: which kernels are used. A variant equals the portable kernel to the bit. Models with int16 rows (EG_WIDE in
 * eg_model.h) have one variant, of the matrix product on Cortex-M4, M7 and M33; other cores compute them with the
 * portable kernels. Their int16 layers have one arithmetic in either build.
 */
#ifndef EG_CONFIG_H
#define EG_CONFIG_H

#ifndef __ASSEMBLER__
#include <limits.h>

#if UINT_MAX < 0xFFFFFFFF
#error "edgegenre needs an int of 32 bits; 8-bit boards have no room for a model either"
#endif
#endif

#if defined(EG_ARITHMETIC_Q31) && defined(EG_ARITHMETIC_FLOAT32)
#error "choose one of EG_ARITHMETIC_Q31 and EG_ARITHMETIC_FLOAT32"
#endif

/* What compilers say of a processor without a unit for float32. */
#if (defined(__arm__) && !(defined(__ARM_FP) && (__ARM_FP & 4))) || (defined(__riscv) && !defined(__riscv_flen)) ||    \
    defined(__XTENSA_SOFT_FLOAT__) || defined(__mips_soft_float)
#if !defined(EG_ARITHMETIC_FLOAT32) && !defined(EG_ARITHMETIC_Q31)
#define EG_ARITHMETIC_Q31
#endif
#endif

/* The variants are written for GCC and Clang. */
#if defined(__GNUC__) && !defined(EG_PORTABLE)
#define EG_VARIANTS 1
#else
#define EG_VARIANTS 0
#endif

#if defined(__ARM_ARCH_PROFILE) && __ARM_ARCH_PROFILE == 'M'
#define EG_CORTEX_M 1
#else
#define EG_CORTEX_M 0
#endif

/* Cortex-M with the DSP extension (M4, M7, M33) but without vectors. */
#if EG_VARIANTS && EG_CORTEX_M && defined(__ARM_FEATURE_DSP) && !defined(__ARM_FEATURE_MVE)
#define EG_DSP 1
#else
#define EG_DSP 0
#endif

/* Its kernels in assembly, in either arithmetic; that of float32 takes a floating-point unit. */
#if EG_DSP && !defined(EG_NO_ASSEMBLY) && (defined(EG_ARITHMETIC_Q31) || (defined(__ARM_FP) && (__ARM_FP & 4)))
#define EG_DSP_ASSEMBLY 1
#else
#define EG_DSP_ASSEMBLY 0
#endif

/* Cortex-M with integer vectors (M55, M85). */
#if EG_VARIANTS && defined(__ARM_FEATURE_MVE)
#define EG_MVE 1
#else
#define EG_MVE 0
#endif

/* Cortex-M0, M0+ and M23: the small instruction set, with kernels in assembly. */
#if EG_VARIANTS && EG_CORTEX_M && __ARM_ARCH_ISA_THUMB == 1 && !defined(EG_NO_ASSEMBLY)
#define EG_THUMB1 1
#else
#define EG_THUMB1 0
#endif

/* Cortex-M3, and M33 without the DSP extension: the portable kernels, with a loop in assembly. */
#if EG_VARIANTS && EG_CORTEX_M && __ARM_ARCH_ISA_THUMB == 2 && !defined(__ARM_FEATURE_DSP) &&                          \
    !defined(__ARM_FEATURE_MVE) && !defined(EG_NO_ASSEMBLY)
#define EG_THUMB2 1
#else
#define EG_THUMB2 0
#endif

/* Armv7-A and AArch64 with vectors; EG_DOT where four products are summed by one instruction. */
#if EG_VARIANTS && defined(__ARM_NEON)
#define EG_NEON 1
#else
#define EG_NEON 0
#endif
#if EG_NEON && defined(__ARM_FEATURE_DOTPROD)
#define EG_DOT 1
#else
#define EG_DOT 0
#endif

/* PCs with AVX-512 VNNI. */
#if EG_VARIANTS && defined(__AVX512VNNI__) && defined(__AVX512BW__) && defined(__AVX512VL__)
#define EG_VNNI 1
#else
#define EG_VNNI 0
#endif

/* Other PCs of the last ten years. */
#if EG_VARIANTS && defined(__AVX2__) && !EG_VNNI
#define EG_AVX2 1
#else
#define EG_AVX2 0
#endif
#define EG_AVX (EG_VNNI || EG_AVX2)

/* Which kernels this build takes in their portable form. */
#define EG_PORTABLE_MATMUL (!EG_DSP && !EG_MVE && !EG_NEON && !EG_THUMB1 && !EG_AVX)
#define EG_PORTABLE_DEPTHWISE (!EG_DSP_ASSEMBLY && !EG_MVE && !EG_NEON && !EG_AVX)
#define EG_PORTABLE_GATES (!EG_DSP && !EG_MVE && !EG_NEON && !EG_THUMB1 && !EG_AVX)

/* Weights are repacked into the context by eg_init, whole vectors at their natural alignment wherever the context lies. */
#define EG_PACKED_WEIGHTS EG_AVX
#define EG_PACKED_ALIGNMENT 64

/* Picks from the generated tables by what the kernels keep in memory: the DSP kernels widen rows to int16. */
#if EG_DSP
#define EG_BY_LAYOUT(narrow, widened) (widened)
#else
#define EG_BY_LAYOUT(narrow, widened) (narrow)
#endif

#endif
