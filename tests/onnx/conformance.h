/* conformance.h - the official tests of the ONNX backends, run by the compiler in memory. */
#ifndef SENC_TESTS_CONFORMANCE_H
#define SENC_TESTS_CONFORMANCE_H

#include "../../compiler/import/importer.h"

enum outcome {
    OUTCOME_PASSED,   /* compiled, run, and equal within the tolerance */
    OUTCOME_FOLDED,   /* likewise, but every output was a constant that the importer computed */
    OUTCOME_DECLINED, /* refused with a diagnostic */
    OUTCOME_FAILED,
};

struct result {
    enum outcome outcome;
    char operator[64], message[400]; /* why it was declined, or failed; for a pass, the inputs that were constants */
    int opset, constants;
    double error, ulps; /* the largest of all outputs; in units of the last place of an output's largest number */
};

/* Runs all data sets of the test in `folder` (model.onnx, test_data_set_N). */
void conformance_run(const char *folder, struct result *result);

/* compare.c: `got` against the tensor, as onnx.backend.test does: relative tolerance 1e-3, absolute 1e-7. False with a
 * message. Raises error and ulps of the result. */
bool conformance_compare(const struct value *expected, const float *got, struct result *result);

#endif
