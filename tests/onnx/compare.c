/* compare.c - computed numbers against those of a test, within the tolerance of onnx.backend.test. */
#include "conformance.h"

#include <math.h>
#include <stdio.h>

#define TOLERANCE_RELATIVE 1e-3
#define TOLERANCE_ABSOLUTE 1e-7

/* The distance between a float of that size and the next. */
static double ulp_of(double size) {
    float x = (float)size;
    return (double)nextafterf(x, INFINITY) - (double)x;
}

static bool is_close(double expected, float got) {
    if (isnan(expected)) return isnan(got);
    if (isinf(expected) || isinf(got)) return expected == (double)got;
    return fabs((double)got - expected) <= TOLERANCE_ABSOLUTE + TOLERANCE_RELATIVE * fabs(expected);
}

bool conformance_compare(const struct value *expected, const float *got, struct result *result) {
    double error = 0, largest = 0;
    for (int64_t i = 0, count = dims_count(expected->dims); i < count; i++) {
        double wanted = value_at(expected, i);
        if (!is_close(wanted, got[i])) {
            snprintf(result->message, sizeof result->message, "number %lld is %.9g instead of %.9g", (long long)i,
                     (double)got[i], wanted);
            return false;
        }
        if (!isfinite(wanted)) continue;
        error = fmax(error, fabs((double)got[i] - wanted));
        largest = fmax(largest, fabs(wanted));
    }
    result->error = fmax(result->error, error);
    result->ulps = fmax(result->ulps, error / ulp_of(largest));
    return true;
}
