/* activation_math.c - functions of a vector over all floats: exp, log, erf and what is made of them, straight code
 * without calls. Infinities and zeros come out as in C; NaN stays NaN. docs/operations.md states the errors, and
 * tests/numeric/test_functions.c holds them.
 *
 * The polynomials were fitted to the functions for the least largest error; ln 2 in two parts is that of S. Moshier's
 * Cephes library. Where a result would be denormal it is zero: runs flush denormals. */
#include "arithmetic.h"

#include "../base/fatal.h"

#include <math.h>

#define COUNT(list) ((int)(sizeof(list) / sizeof *(list)))

/* Of ln 2: the first part has nine bits, so that n times it is exact. */
static const double ln2_high = 0.693359375, ln2_low = -2.12194440e-4;

/* x = n ln 2 + r with |r| <= ln 2 / 2, and exp(r) - 1. */
struct reduced {
    LLVMValueRef n; /* as integers */
    LLVMValueRef exp_minus_one;
};

/* Adding 1.5 * 2^23 rounds to a whole number and leaves it in the low bits; |x| < 2^21. */
static struct reduced reduce_exp(struct kernel *kernel, LLVMValueRef x) {
    static const double c[] = {1.394759864e-03, 8.367246948e-03, 4.166626558e-02, 1.666653752e-01, 0.5};
    const double magic = 12582912;
    LLVMValueRef shifted = ir_multiply_add(kernel, x, ir_number(kernel, 1.44269504088896341), ir_number(kernel, magic));
    LLVMValueRef n = f_sub(kernel, shifted, ir_number(kernel, magic));
    LLVMValueRef r = ir_multiply_add(kernel, n, ir_number(kernel, -ln2_high), x);
    r = ir_multiply_add(kernel, n, ir_number(kernel, -ln2_low), r);
    LLVMValueRef p = f_polynomial(kernel, r, c, COUNT(c));
    LLVMValueRef bits = LLVMBuildBitCast(kernel->builder, shifted, kernel->int_vector, "");
    return (struct reduced){.n = LLVMBuildSub(kernel->builder, bits, ir_integers(kernel, 0x4b400000), ""),
                            .exp_minus_one = ir_multiply_add(kernel, p, f_mul(kernel, r, r), r)};
}

/* 2^n for -126 <= n <= 127. */
static LLVMValueRef power_of_two(struct kernel *kernel, LLVMValueRef n) {
    LLVMValueRef exponent = LLVMBuildAdd(kernel->builder, n, ir_integers(kernel, 127), "");
    exponent = LLVMBuildShl(kernel->builder, exponent, ir_integers(kernel, 23), "");
    return LLVMBuildBitCast(kernel->builder, exponent, kernel->vector, "");
}

/* exp(x) = first * second, neither of them denormal or infinite. */
struct factors {
    LLVMValueRef first, second;
};

static struct factors exp_factors(struct kernel *kernel, LLVMValueRef x) {
    x = f_clamp(kernel, x, ir_number(kernel, -104), ir_number(kernel, 89));
    struct reduced reduced = reduce_exp(kernel, x);
    LLVMValueRef p = f_add(kernel, reduced.exp_minus_one, ir_number(kernel, 1));
    LLVMValueRef half = LLVMBuildAShr(kernel->builder, reduced.n, ir_integers(kernel, 1), "");
    LLVMValueRef rest = LLVMBuildSub(kernel->builder, reduced.n, half, "");
    return (struct factors){f_mul(kernel, p, power_of_two(kernel, half)), power_of_two(kernel, rest)};
}

static LLVMValueRef exp_of(struct kernel *kernel, LLVMValueRef x) {
    struct factors factors = exp_factors(kernel, x);
    return f_mul(kernel, factors.first, factors.second);
}

/* exp(x) - 1 for x <= 0 (for others anything): nothing cancels near 0. */
static LLVMValueRef exp_minus_one(struct kernel *kernel, LLVMValueRef x) {
    struct reduced reduced = reduce_exp(kernel, f_clamp(kernel, x, ir_number(kernel, -60), ir_number(kernel, 1)));
    LLVMValueRef scale = power_of_two(kernel, reduced.n);
    LLVMValueRef rest = f_sub(kernel, scale, ir_number(kernel, 1));
    return ir_multiply_add(kernel, reduced.exp_minus_one, scale, rest);
}

/* log(1 + f) - f for f in -0.3 .. 1, by log(1 + f) = 2 artanh(s), s = f / (2 + f): what is added to f is small. */
static LLVMValueRef log_rest(struct kernel *kernel, LLVMValueRef f) {
    static const double c[] = {2.802445889e-01, 2.799914181e-01, 4.002169967e-01, 6.666641235e-01};
    LLVMValueRef s = f_div(kernel, f, f_add(kernel, f, ir_number(kernel, 2))), z = f_mul(kernel, s, s);
    LLVMValueRef half_square = f_mul(kernel, f_mul(kernel, f, f), ir_number(kernel, 0.5));
    LLVMValueRef sum = ir_multiply_add(kernel, f_polynomial(kernel, z, c, COUNT(c)), z, half_square);
    return f_sub(kernel, f_mul(kernel, s, sum), half_square);
}

/* x = 2^e m with m in sqrt(1/2) .. sqrt(2). */
static LLVMValueRef log_of(struct kernel *kernel, LLVMValueRef x) {
    const int64_t half_root = 0x3f3504f3; /* sqrt(1/2) */
    LLVMValueRef bits = LLVMBuildBitCast(kernel->builder, x, kernel->int_vector, "");
    bits = LLVMBuildSub(kernel->builder, bits, ir_integers(kernel, half_root), "");
    LLVMValueRef e = LLVMBuildAShr(kernel->builder, bits, ir_integers(kernel, 23), "");
    e = LLVMBuildSIToFP(kernel->builder, e, kernel->vector, "");
    LLVMValueRef mantissa = LLVMBuildAnd(kernel->builder, bits, ir_integers(kernel, 0x007fffff), "");
    mantissa = LLVMBuildAdd(kernel->builder, mantissa, ir_integers(kernel, half_root), "");
    LLVMValueRef m = LLVMBuildBitCast(kernel->builder, mantissa, kernel->vector, "");
    LLVMValueRef f = f_sub(kernel, m, ir_number(kernel, 1)), zero = ir_number(kernel, 0);
    LLVMValueRef sum = ir_multiply_add(kernel, e, ir_number(kernel, ln2_low), log_rest(kernel, f));
    sum = ir_multiply_add(kernel, e, ir_number(kernel, ln2_high), f_add(kernel, sum, f));
    sum = f_select(kernel, LLVMRealOLT, x, ir_number(kernel, INFINITY), sum, x);
    LLVMValueRef other =
        f_select(kernel, LLVMRealOEQ, x, zero, ir_number(kernel, -INFINITY), ir_number(kernel, NAN));
    return f_select(kernel, LLVMRealOGT, x, zero, sum, other);
}

/* exp(t * t) * (1 - erf(t)) for t in 0 .. 10.5. */
static LLVMValueRef erfc_scaled(struct kernel *kernel, LLVMValueRef t) {
    static const double c[] = {-2.959398925e-02, 1.980114132e-01, -4.988074899e-01, 5.474303961e-01, -2.843627632e-01,
                               2.720642686e-01,  1.296802312e-01, 2.149189711e-01,  2.249520421e-01, 2.257069051e-01};
    LLVMValueRef one = ir_number(kernel, 1);
    LLVMValueRef u = f_div(kernel, one, ir_multiply_add(kernel, t, ir_number(kernel, 0.4), one));
    return f_mul(kernel, f_polynomial(kernel, u, c, COUNT(c)), u);
}

static LLVMValueRef erf_of(struct kernel *kernel, LLVMValueRef x) {
    static const double c[] = {-5.892720656e-04, 4.974319134e-03,  -2.675417438e-02,
                               1.128149033e-01,  -3.761246502e-01, 1.283791512e-01};
    LLVMValueRef size = f_call(kernel, "llvm.fabs", x);
    LLVMValueRef near = ir_multiply_add(kernel, f_polynomial(kernel, f_mul(kernel, x, x), c, COUNT(c)), x, x);
    LLVMValueRef t = f_select(kernel, LLVMRealOGT, size, ir_number(kernel, 4), ir_number(kernel, 4), size);
    LLVMValueRef tail = f_mul(kernel, erfc_scaled(kernel, t), exp_of(kernel, f_neg(kernel, f_mul(kernel, t, t))));
    LLVMValueRef far = f_copy_sign(kernel, f_sub(kernel, ir_number(kernel, 1), tail), x);
    return f_select(kernel, LLVMRealOLT, size, ir_number(kernel, 0.94), near, far);
}

/* x * (the normal distribution's part below x): for x < 0 its tail, for x > 0 what the tail leaves. The square is taken
 * with its rounding error, as exp would make it large. */
static LLVMValueRef gelu_of(struct kernel *kernel, LLVMValueRef x) {
    LLVMValueRef most = ir_number(kernel, 14.5), half = ir_number(kernel, 0.5), size = f_call(kernel, "llvm.fabs", x);
    size = f_select(kernel, LLVMRealOGT, size, most, most, size);
    LLVMValueRef square = f_mul(kernel, size, size);
    LLVMValueRef error = ir_multiply_add(kernel, size, size, f_neg(kernel, square));
    LLVMValueRef e = exp_of(kernel, f_mul(kernel, square, ir_number(kernel, -0.5)));
    LLVMValueRef scaled = erfc_scaled(kernel, f_mul(kernel, size, ir_number(kernel, 0.70710678118654752)));
    LLVMValueRef correction = ir_multiply_add(kernel, error, ir_number(kernel, -0.25), half); /* 1/2 exp(-error / 2) */
    scaled = f_mul(kernel, scaled, correction);
    LLVMValueRef above = f_sub(kernel, x, f_mul(kernel, f_mul(kernel, size, scaled), e));
    LLVMValueRef below = f_mul(kernel, f_mul(kernel, x, scaled), e);
    return f_select(kernel, LLVMRealOGT, x, ir_number(kernel, 0), above, below);
}

/* max(x, 0) + log(1 + exp(-|x|)) */
static LLVMValueRef softplus_of(struct kernel *kernel, LLVMValueRef x) {
    LLVMValueRef zero = ir_number(kernel, 0), size = f_call(kernel, "llvm.fabs", x);
    LLVMValueRef f = exp_of(kernel, f_neg(kernel, size));
    LLVMValueRef log = f_add(kernel, f, log_rest(kernel, f));
    return f_add(kernel, f_select(kernel, LLVMRealOGT, x, zero, x, zero), log);
}

/* tanh(log(1 + e)) = n / (n + 2) with n = e (e + 2); where e is small, e itself, which may be denormal. */
static LLVMValueRef mish_of(struct kernel *kernel, LLVMValueRef x) {
    LLVMValueRef two = ir_number(kernel, 2), most = ir_number(kernel, 20);
    struct factors factors = exp_factors(kernel, f_select(kernel, LLVMRealOGT, x, most, most, x));
    LLVMValueRef e = f_mul(kernel, factors.first, factors.second);
    LLVMValueRef n = f_mul(kernel, e, f_add(kernel, e, two));
    LLVMValueRef value = f_mul(kernel, x, f_div(kernel, n, f_add(kernel, n, two)));
    LLVMValueRef far = f_mul(kernel, f_mul(kernel, x, factors.first), factors.second);
    far = f_select(kernel, LLVMRealOGT, x, ir_number(kernel, -104), far, value);
    return f_select(kernel, LLVMRealOLT, x, ir_number(kernel, -20), far, value);
}

/* x > 0 ? positive * x : negative * (exp(x / divisor) - 1) */
static LLVMValueRef elu_like(struct kernel *kernel, LLVMValueRef x, double positive, double negative, double divisor) {
    LLVMValueRef inner = divisor == 1 ? x : f_div(kernel, x, ir_number(kernel, divisor));
    LLVMValueRef below = f_mul(kernel, exp_minus_one(kernel, inner), ir_number(kernel, negative));
    LLVMValueRef above = positive == 1 ? x : f_mul(kernel, x, ir_number(kernel, positive));
    return f_select(kernel, LLVMRealOGT, x, ir_number(kernel, 0), above, below);
}

static LLVMValueRef sign_of(struct kernel *kernel, LLVMValueRef x) {
    LLVMValueRef zero = ir_number(kernel, 0);
    LLVMValueRef below = f_select(kernel, LLVMRealOLT, x, zero, ir_number(kernel, -1), x);
    return f_select(kernel, LLVMRealOGT, x, zero, ir_number(kernel, 1), below);
}

static LLVMValueRef shrink(struct kernel *kernel, LLVMValueRef x, double lambda, double bias) {
    LLVMValueRef inside = f_select(kernel, LLVMRealUNO, x, x, x, ir_number(kernel, 0));
    LLVMValueRef above = f_sub(kernel, x, ir_number(kernel, bias)), below = f_add(kernel, x, ir_number(kernel, bias));
    inside = f_select(kernel, LLVMRealOGT, x, ir_number(kernel, lambda), above, inside);
    return f_select(kernel, LLVMRealOLT, x, ir_number(kernel, -lambda), below, inside);
}

static LLVMValueRef softsign_of(struct kernel *kernel, LLVMValueRef x) {
    return f_div(kernel, x, f_add(kernel, f_call(kernel, "llvm.fabs", x), ir_number(kernel, 1)));
}

LLVMValueRef vector_function(struct kernel *kernel, const struct activation *activation, LLVMValueRef x) {
    double alpha = activation->alpha, beta = activation->beta;
    switch (activation->kind) {
    case ACTIVATION_GELU: return gelu_of(kernel, x);
    case ACTIVATION_ELU: return elu_like(kernel, x, 1, alpha, 1);
    case ACTIVATION_EXP: return exp_of(kernel, x);
    case ACTIVATION_LOG: return log_of(kernel, x);
    case ACTIVATION_SQRT: return f_call(kernel, "llvm.sqrt", x);
    case ACTIVATION_ERF: return erf_of(kernel, x);
    case ACTIVATION_ABS: return f_call(kernel, "llvm.fabs", x);
    case ACTIVATION_NEG: return f_neg(kernel, x);
    case ACTIVATION_SIGN: return sign_of(kernel, x);
    case ACTIVATION_RECIPROCAL: return f_div(kernel, ir_number(kernel, 1), x);
    case ACTIVATION_FLOOR: return f_call(kernel, "llvm.floor", x);
    case ACTIVATION_CEIL: return f_call(kernel, "llvm.ceil", x);
    case ACTIVATION_ROUND: return f_call(kernel, "llvm.roundeven", x);
    case ACTIVATION_SOFTPLUS: return softplus_of(kernel, x);
    case ACTIVATION_SOFTSIGN: return softsign_of(kernel, x);
    case ACTIVATION_MISH: return mish_of(kernel, x);
    case ACTIVATION_SELU: return elu_like(kernel, x, beta, alpha * beta, 1);
    case ACTIVATION_CELU: return elu_like(kernel, x, 1, alpha, alpha);
    case ACTIVATION_THRESHOLDED_RELU:
        return f_select(kernel, LLVMRealUGT, x, ir_number(kernel, alpha), x, ir_number(kernel, 0));
    case ACTIVATION_SHRINK: return shrink(kernel, x, alpha, beta);
    default: fatal_bug("unknown activation %d", (int)activation->kind);
    }
}
