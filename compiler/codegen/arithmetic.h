/* arithmetic.h - inside codegen/: short words for the arithmetic of vectors, in which vector functions are written. */
#ifndef SENC_CODEGEN_ARITHMETIC_H
#define SENC_CODEGEN_ARITHMETIC_H

#include "kernel.h"

static inline LLVMValueRef f_add(struct kernel *kernel, LLVMValueRef a, LLVMValueRef b) {
    return LLVMBuildFAdd(kernel->builder, a, b, "");
}

static inline LLVMValueRef f_sub(struct kernel *kernel, LLVMValueRef a, LLVMValueRef b) {
    return LLVMBuildFSub(kernel->builder, a, b, "");
}

static inline LLVMValueRef f_mul(struct kernel *kernel, LLVMValueRef a, LLVMValueRef b) {
    return LLVMBuildFMul(kernel->builder, a, b, "");
}

static inline LLVMValueRef f_div(struct kernel *kernel, LLVMValueRef a, LLVMValueRef b) {
    return LLVMBuildFDiv(kernel->builder, a, b, "");
}

static inline LLVMValueRef f_neg(struct kernel *kernel, LLVMValueRef a) {
    return LLVMBuildFNeg(kernel->builder, a, "");
}

/* a relation b ? yes : no, lane by lane */
static inline LLVMValueRef f_select(struct kernel *kernel, LLVMRealPredicate relation, LLVMValueRef a, LLVMValueRef b,
                                    LLVMValueRef yes, LLVMValueRef no) {
    return LLVMBuildSelect(kernel->builder, LLVMBuildFCmp(kernel->builder, relation, a, b, ""), yes, no, "");
}

/* An intrinsic of one vector, as "llvm.fabs". */
static inline LLVMValueRef f_call(struct kernel *kernel, const char *name, LLVMValueRef a) {
    LLVMTypeRef type = LLVMTypeOf(a);
    return ir_intrinsic(kernel, name, &type, 1, &a, 1);
}

static inline LLVMValueRef f_copy_sign(struct kernel *kernel, LLVMValueRef magnitude, LLVMValueRef sign) {
    LLVMTypeRef type = LLVMTypeOf(magnitude);
    return ir_intrinsic(kernel, "llvm.copysign", &type, 1, (LLVMValueRef[]){magnitude, sign}, 2);
}

/* x held between two numbers; NaN stays NaN. */
static inline LLVMValueRef f_clamp(struct kernel *kernel, LLVMValueRef x, LLVMValueRef low, LLVMValueRef high) {
    x = f_select(kernel, LLVMRealOLT, x, low, low, x);
    return f_select(kernel, LLVMRealOGT, x, high, high, x);
}

/* c[0] * x^(count-1) + ... + c[count-1], the numbers as constants of x's type. */
static inline LLVMValueRef f_polynomial(struct kernel *kernel, LLVMValueRef x, const double *c, int count) {
    LLVMTypeRef type = LLVMTypeOf(x), element = LLVMGetElementType(type);
    LLVMValueRef sum = NULL, items[64];
    for (int i = 0; i < count; i++) {
        for (int64_t lane = 0; lane < kernel->lanes; lane++) items[lane] = LLVMConstReal(element, c[i]);
        LLVMValueRef number = LLVMConstVector(items, (unsigned)kernel->lanes);
        sum = sum ? ir_multiply_add(kernel, sum, x, number) : number;
    }
    return sum;
}

#endif
