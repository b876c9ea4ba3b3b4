/* activation.c - activations of a vector as straight code: polynomials, no calls, no branches.
 *
 * tanh uses the coefficients of S. Moshier's Cephes library (tanhf). NaN stays NaN everywhere. More functions are in
 * activation_math.c. */
#include "arithmetic.h"

LLVMValueRef vector_max(struct kernel *kernel, LLVMValueRef a, LLVMValueRef b) {
    return f_select(kernel, LLVMRealOGT, a, b, a, b);
}

LLVMValueRef vector_min(struct kernel *kernel, LLVMValueRef a, LLVMValueRef b) {
    return f_select(kernel, LLVMRealOLT, a, b, a, b);
}

LLVMValueRef vector_extreme(struct kernel *kernel, bool is_max, LLVMValueRef a, LLVMValueRef b) {
    LLVMValueRef value = is_max ? vector_max(kernel, a, b) : vector_min(kernel, a, b);
    return f_select(kernel, LLVMRealUNO, a, a, a, value);
}

static LLVMValueRef clamp(struct kernel *kernel, LLVMValueRef x, double low, double high) {
    return vector_min(kernel, ir_number(kernel, high), vector_max(kernel, ir_number(kernel, low), x));
}

static LLVMValueRef to_bits(struct kernel *kernel, LLVMValueRef x) {
    return LLVMBuildBitCast(kernel->builder, x, kernel->int_vector, "");
}

static LLVMValueRef from_bits(struct kernel *kernel, LLVMValueRef bits) {
    return LLVMBuildBitCast(kernel->builder, bits, kernel->vector, "");
}

/* exp(x) = number * scale, and scale is a power of two. */
struct exp_parts {
    LLVMValueRef number, scale;
};

/* exp(sign * x) = 2^(n + r), n = round(sign * x log2 e), |r| <= 1/2. Adding 1.5 * 2^23 rounds to a whole number and leaves
 * it in the low bits, from where it goes into the exponent; r comes from two parts of log2 e, so that its error does not
 * grow with n. 2^r is 1 + r q(r), q of least largest relative error (9.2e-8, found by Lawson's iteration). sign * x is
 * held to -87.3 .. 88.3, where the result is a normal number. */
static struct exp_parts exp_of(struct kernel *kernel, LLVMValueRef x, double sign) {
    static const double c[] = {1.326472724702269e-3, 9.671512688148396e-3, 5.5507337435744375e-2, 0.24022242084635162,
                               0.6931469775987168, 1};
    const double magic = 12582912, log2e = 1.4426950408889634, high = (float)log2e;
    x = sign > 0 ? clamp(kernel, x, -87.336544, 88.376259) : clamp(kernel, x, -88.376259, 87.336544);
    LLVMValueRef shifted = ir_multiply_add(kernel, x, ir_number(kernel, sign * high), ir_number(kernel, magic));
    LLVMValueRef n = f_sub(kernel, shifted, ir_number(kernel, magic));
    LLVMValueRef r = ir_multiply_add(kernel, x, ir_number(kernel, sign * high), f_neg(kernel, n));
    r = ir_multiply_add(kernel, x, ir_number(kernel, sign * (log2e - high)), r);
    LLVMValueRef exponent = LLVMBuildShl(kernel->builder, to_bits(kernel, shifted), ir_integers(kernel, 23), "");
    LLVMValueRef scale = LLVMBuildAdd(kernel->builder, exponent, ir_integers(kernel, 0x3f800000), "");
    return (struct exp_parts){f_polynomial(kernel, r, c, 6), from_bits(kernel, scale)};
}

LLVMValueRef vector_exp(struct kernel *kernel, LLVMValueRef x) {
    struct exp_parts parts = exp_of(kernel, x, 1);
    return f_mul(kernel, parts.number, parts.scale);
}

/* x / (1 + exp(-at)) */
static LLVMValueRef logistic(struct kernel *kernel, LLVMValueRef x, LLVMValueRef at) {
    struct exp_parts parts = exp_of(kernel, at, -1);
    return f_div(kernel, x, ir_multiply_add(kernel, parts.number, parts.scale, ir_number(kernel, 1)));
}

static LLVMValueRef tanh_of(struct kernel *kernel, LLVMValueRef x) {
    static const double c[] = {-5.70498872745e-3, 2.06390887954e-2, -5.37397155531e-2, 1.33314422036e-1,
                               -3.33332819422e-1};
    LLVMValueRef size = f_call(kernel, "llvm.fabs", x), one = ir_number(kernel, 1), z = f_mul(kernel, x, x);
    LLVMValueRef near = ir_multiply_add(kernel, f_mul(kernel, f_polynomial(kernel, z, c, 5), z), x, x);
    LLVMValueRef e = vector_exp(kernel, f_add(kernel, size, size));
    LLVMValueRef far = f_sub(kernel, one, f_div(kernel, ir_number(kernel, 2), f_add(kernel, e, one)));
    return f_select(kernel, LLVMRealOLT, size, ir_number(kernel, 0.625), near, f_copy_sign(kernel, far, x));
}

static LLVMValueRef hard_sigmoid(struct kernel *kernel, LLVMValueRef x, double slope, double offset) {
    LLVMValueRef line = ir_multiply_add(kernel, x, ir_number(kernel, slope), ir_number(kernel, offset));
    return clamp(kernel, line, 0, 1);
}

bool activation_is_long(enum activation_kind kind) {
    switch (kind) {
    case ACTIVATION_RELU:
    case ACTIVATION_RELU6:
    case ACTIVATION_CLIP:
    case ACTIVATION_LEAKY_RELU:
    case ACTIVATION_HARD_SIGMOID:
    case ACTIVATION_HARD_SWISH:
    case ACTIVATION_ABS:
    case ACTIVATION_NEG:
    case ACTIVATION_SIGN:
    case ACTIVATION_SQRT:
    case ACTIVATION_RECIPROCAL:
    case ACTIVATION_FLOOR:
    case ACTIVATION_CEIL:
    case ACTIVATION_ROUND:
    case ACTIVATION_SHRINK:
    case ACTIVATION_THRESHOLDED_RELU: return false;
    default: return true;
    }
}

/* x + 3 is exact where it is near 0: a factor of hard_sigmoid would not be. */
static LLVMValueRef hard_swish(struct kernel *kernel, LLVMValueRef x) {
    LLVMValueRef gate = clamp(kernel, f_add(kernel, x, ir_number(kernel, 3)), 0, 6);
    return f_mul(kernel, x, f_mul(kernel, gate, ir_number(kernel, 1.0 / 6)));
}

LLVMValueRef vector_activation(struct kernel *kernel, const struct activation *activation, LLVMValueRef x) {
    double alpha = activation->alpha, beta = activation->beta;
    LLVMValueRef zero = ir_number(kernel, 0);
    switch (activation->kind) {
    case ACTIVATION_RELU: return vector_max(kernel, zero, x);
    case ACTIVATION_RELU6: return clamp(kernel, x, 0, 6);
    case ACTIVATION_CLIP: return clamp(kernel, x, alpha, beta);
    case ACTIVATION_LEAKY_RELU:
        return f_select(kernel, LLVMRealOGT, x, zero, x, f_mul(kernel, x, ir_number(kernel, alpha)));
    case ACTIVATION_SIGMOID: return logistic(kernel, ir_number(kernel, 1), x);
    case ACTIVATION_HARD_SIGMOID: return hard_sigmoid(kernel, x, alpha, beta);
    case ACTIVATION_TANH: return tanh_of(kernel, x);
    case ACTIVATION_SILU: /* below, exp stays what it is there, and so must x */
        return logistic(kernel, vector_max(kernel, ir_number(kernel, -88.376259), x), x);
    case ACTIVATION_HARD_SWISH: return hard_swish(kernel, x);
    default: return vector_function(kernel, activation, x);
    }
}
