/* power.c - a to the power of b, vector by vector, as C's powf: exp2(b * log2(|a|)) in double, which leaves the result
 * its float digits, and the signs and special cases of C beside it. */
#include "arithmetic.h"

#include <math.h>

#define COUNT(list) ((int)(sizeof(list) / sizeof *(list)))

struct wide { /* vectors of doubles */
    struct kernel *kernel;
    LLVMTypeRef type, bits;
};

static LLVMValueRef splat(struct wide *wide, LLVMValueRef scalar) {
    LLVMValueRef items[64];
    for (int64_t i = 0; i < wide->kernel->lanes; i++) items[i] = scalar;
    return LLVMConstVector(items, (unsigned)wide->kernel->lanes);
}

static LLVMValueRef number(struct wide *wide, double value) {
    return splat(wide, LLVMConstReal(LLVMGetElementType(wide->type), value));
}

static LLVMValueRef integer(struct wide *wide, uint64_t value) {
    return splat(wide, LLVMConstInt(wide->kernel->unit->i64, value, 0));
}

/* x = 2^e m with m in sqrt(1/2) .. sqrt(2); log2 m = 2 / ln 2 artanh(s), s = (m - 1) / (m + 1). x >= 0. */
static LLVMValueRef log2_of(struct wide *wide, LLVMValueRef x) {
    static const double c[] = {0.28289857155059467, 0.3199057116941057,  0.41220925462618818,
                               0.57707794231696841, 0.96179669411354152, 2.8853900817778428};
    const uint64_t half_root = 0x3fe6a09e667f3bcd, one = 0x3ff0000000000000, big = 0x4330000000000000; /* 2^52 */
    struct kernel *kernel = wide->kernel;
    LLVMBuilderRef builder = kernel->builder;
    LLVMValueRef bits = LLVMBuildBitCast(builder, x, wide->bits, "");
    bits = LLVMBuildAdd(builder, bits, integer(wide, one - half_root), "");
    LLVMValueRef e = LLVMBuildLShr(builder, bits, integer(wide, 52), "");
    e = LLVMBuildBitCast(builder, LLVMBuildOr(builder, e, integer(wide, big), ""), wide->type, "");
    e = f_sub(kernel, e, number(wide, 0x1p52 + 1023));
    LLVMValueRef mantissa = LLVMBuildAnd(builder, bits, integer(wide, 0x000fffffffffffff), "");
    mantissa = LLVMBuildAdd(builder, mantissa, integer(wide, half_root), "");
    LLVMValueRef m = LLVMBuildBitCast(builder, mantissa, wide->type, "");
    LLVMValueRef s = f_div(kernel, f_sub(kernel, m, number(wide, 1)), f_add(kernel, m, number(wide, 1)));
    LLVMValueRef log = ir_multiply_add(kernel, f_polynomial(kernel, f_mul(kernel, s, s), c, COUNT(c)), s, e);
    log = f_select(kernel, LLVMRealOLT, x, number(wide, INFINITY), log, x); /* NaN too */
    return f_select(kernel, LLVMRealOEQ, x, number(wide, 0), number(wide, -INFINITY), log);
}

/* Beyond 200 it is beyond the floats anyway. */
static LLVMValueRef exp2_of(struct wide *wide, LLVMValueRef x) {
    static const double c[] = {1.5201924730340322e-05, 0.00015469291205695568, 0.0013333922552569849,
                               0.0096180272534474569,  0.055504103534579685,   0.24022651198159306,
                               0.69314718072844639,    1};
    const double magic = 0x1.8p52;
    struct kernel *kernel = wide->kernel;
    x = f_clamp(kernel, x, number(wide, -200), number(wide, 200));
    LLVMValueRef shifted = f_add(kernel, x, number(wide, magic));
    LLVMValueRef r = f_sub(kernel, x, f_sub(kernel, shifted, number(wide, magic)));
    LLVMValueRef n = LLVMBuildBitCast(kernel->builder, shifted, wide->bits, "");
    n = LLVMBuildAdd(kernel->builder, n, integer(wide, 1023), "");
    n = LLVMBuildShl(kernel->builder, n, integer(wide, 52), "");
    LLVMValueRef scale = LLVMBuildBitCast(kernel->builder, n, wide->type, "");
    return f_mul(kernel, f_polynomial(kernel, r, c, COUNT(c)), scale);
}

/* |a| to the power of b */
static LLVMValueRef magnitude(struct kernel *kernel, LLVMValueRef size, LLVMValueRef b) {
    LLVMTypeRef element = LLVMDoubleTypeInContext(kernel->unit->context);
    struct wide wide = {.kernel = kernel,
                        .type = LLVMVectorType(element, (unsigned)kernel->lanes),
                        .bits = LLVMVectorType(kernel->unit->i64, (unsigned)kernel->lanes)};
    LLVMValueRef log = log2_of(&wide, LLVMBuildFPExt(kernel->builder, size, wide.type, ""));
    LLVMValueRef power = f_mul(kernel, log, LLVMBuildFPExt(kernel->builder, b, wide.type, ""));
    return LLVMBuildFPTrunc(kernel->builder, exp2_of(&wide, power), kernel->vector, "");
}

/* The value of all lanes of a constant; NaN of other vectors. */
static double constant_value(LLVMValueRef vector) {
    LLVMBool is_inexact;
    if (!LLVMIsConstant(vector)) return NAN;
    LLVMValueRef first = LLVMGetAggregateElement(vector, 0);
    return first && LLVMIsAConstantFP(first) ? LLVMConstRealGetDouble(first, &is_inexact) : NAN;
}

static LLVMValueRef root(struct kernel *kernel, LLVMValueRef a) {
    LLVMValueRef value = f_add(kernel, f_call(kernel, "llvm.sqrt", a), ir_number(kernel, 0)); /* of -0: 0 */
    LLVMValueRef infinity = ir_number(kernel, INFINITY);
    return f_select(kernel, LLVMRealOEQ, a, ir_number(kernel, -INFINITY), infinity, value);
}

static LLVMValueRef general_power(struct kernel *kernel, LLVMValueRef a, LLVMValueRef b) {
    LLVMValueRef one = ir_number(kernel, 1), zero = ir_number(kernel, 0), size = f_call(kernel, "llvm.fabs", a);
    LLVMValueRef value = magnitude(kernel, size, b);
    LLVMValueRef unit = f_select(kernel, LLVMRealUNO, b, b, b, one); /* 1 to infinite powers too */
    value = f_select(kernel, LLVMRealOEQ, size, one, unit, value);
    LLVMValueRef whole = f_call(kernel, "llvm.floor", b), half = f_mul(kernel, b, ir_number(kernel, 0.5));
    LLVMValueRef is_odd =
        LLVMBuildAnd(kernel->builder, LLVMBuildFCmp(kernel->builder, LLVMRealOEQ, whole, b, ""),
                     LLVMBuildFCmp(kernel->builder, LLVMRealONE, f_call(kernel, "llvm.floor", half), half, ""), "");
    value = LLVMBuildSelect(kernel->builder, is_odd, f_copy_sign(kernel, value, a), value, "");
    LLVMValueRef finite_negative =
        LLVMBuildAnd(kernel->builder, LLVMBuildFCmp(kernel->builder, LLVMRealOLT, a, zero, ""),
                     LLVMBuildFCmp(kernel->builder, LLVMRealOGT, a, ir_number(kernel, -INFINITY), ""), "");
    LLVMValueRef is_broken = LLVMBuildFCmp(kernel->builder, LLVMRealUNE, whole, b, "");
    LLVMValueRef is_none = LLVMBuildAnd(kernel->builder, finite_negative, is_broken, "");
    value = LLVMBuildSelect(kernel->builder, is_none, ir_number(kernel, NAN), value, "");
    value = f_select(kernel, LLVMRealOEQ, a, one, one, value);
    return f_select(kernel, LLVMRealOEQ, b, zero, one, value);
}

LLVMValueRef vector_power(struct kernel *kernel, LLVMValueRef a, LLVMValueRef b) {
    double power = constant_value(b);
    if (power == 1) return a;
    if (power == 2) return f_mul(kernel, a, a);
    if (power == 0.5) return root(kernel, a);
    if (power == -1) return f_div(kernel, ir_number(kernel, 1), a);
    return general_power(kernel, a, b);
}
