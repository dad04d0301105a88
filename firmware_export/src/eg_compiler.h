/* What the runtime's own files ask of the compiler and its options, and what they take from GCC and Clang where these
 * are used. Nothing here binds a program that includes edgegenre.h. */
#ifndef EG_COMPILER_H
#define EG_COMPILER_H

#include "eg_config.h"

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__ && !defined(EG_PORTABLE)
#error "this processor is not little-endian: define EG_PORTABLE, as other kernels take several values from one word"
#endif

#ifdef __FAST_MATH__
#error "edgegenre must not be compiled with -ffast-math: its results are promised to the bit"
#endif

/* float32 is promised to the bit too, so every product and every sum has to be rounded, and none be rearranged. Clang
 * says nothing of -funsafe-math-optimizations and -fassociative-math, which are as wrong there. */
#ifndef EG_ARITHMETIC_Q31
#ifdef __ASSOCIATIVE_MATH__
#error "edgegenre in float32 must not be compiled with -funsafe-math-optimizations or -fassociative-math"
#endif
/* 16: only half precision is widened. */
#if defined(__FLT_EVAL_METHOD__) && __FLT_EVAL_METHOD__ != 0 && __FLT_EVAL_METHOD__ != 16
#error "float32 is computed with excess precision here: define EG_ARITHMETIC_Q31, or compile with -msse2 -mfpmath=sse"
#endif
#if EG_MVE && !(__ARM_FEATURE_MVE & 2)
#error "the vectors of this core have no floating point: define EG_ARITHMETIC_Q31 (or EG_PORTABLE)"
#endif
#endif

#ifdef __GNUC__
#define EG_ALWAYS_INLINE inline __attribute__((always_inline))
#define EG_ALIGNED_4 __attribute__((aligned(4)))
#else
#define EG_ALWAYS_INLINE inline
#define EG_ALIGNED_4
#endif

/* A program that is built for debugging keeps up, too: without optimization the front end alone is too slow for most
 * microcontrollers. Clang has no such words. */
#if defined(__GNUC__) && !defined(__clang__) && !defined(__OPTIMIZE__) && (EG_CORTEX_M || defined(__riscv))
#pragma GCC optimize("O2")
#endif

/* The loop that follows has few, constantly many turns: their vectors are to stay in registers. */
#if defined(__clang__)
#define EG_UNROLL _Pragma("clang loop unroll(full)")
#elif defined(__GNUC__)
#define EG_UNROLL _Pragma("GCC unroll 8")
#else
#define EG_UNROLL
#endif

/* Cores whose loops compilers make no vectors of. */
#if defined(__GNUC__) && (EG_CORTEX_M || defined(__XTENSA__) || (defined(__riscv) && !defined(__riscv_vector)))
#define EG_SCALAR 1
#else
#define EG_SCALAR 0
#endif

/* In an unrolled loop: loads of the next turn stay behind this one. Compilers move them up, where cores of few registers
 * have to spill them. */
#if EG_SCALAR
#define EG_IN_ORDER() __asm__ volatile("" ::: "memory")
#else
#define EG_IN_ORDER() ((void)0)
#endif

#endif
