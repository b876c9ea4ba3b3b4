/* weights.h - named tensors from a file or a rule, and how they reach the parameters of a graph. */
#ifndef SENC_WEIGHTS_WEIGHTS_H
#define SENC_WEIGHTS_WEIGHTS_H

#include "../base/diag.h"
#include "../base/map.h"
#include "../base/output.h"
#include "../graph/graph.h"

struct weights {
    struct arena *arena; /* owns everything but mapped files; weights_destroy unmaps those */
    const char *path;    /* for messages */
    struct map tensors;  /* name -> const struct tensor * */
    struct map others;   /* name -> const char *, "I64[1]": tensors of the file that no parameter can be */
    void *mapping;
    size_t mapping_bytes;
};

/* Reads FILE.safetensors. F32 tensors point into the mapped file where alignment allows, F16 and BF16 are converted;
 * what is of another type, empty, or has more than four axes goes to `others`. NULL after a diagnostic. */
struct weights *weights_read_safetensors(const char *path, struct diag *diag);

/* The same for the bytes of such a file, which must live as long as the weights; `path` is for messages. */
struct weights *weights_parse_safetensors(const char *path, const void *bytes, size_t size_bytes, struct diag *diag);

/* Writes the bound named parameters of a graph as F32, sorted by name; the commit is the caller's. */
bool weights_write_safetensors(const struct graph *graph, struct output *output, struct diag *diag);

void weights_destroy(struct weights *weights); /* not before the graph that is bound to it */

/* Binds every named parameter of the graph, or reports each missing, mis-shaped or (unless allowed) superfluous
 * tensor with the layer, its source line and the nearest names. [out, in] and [out, in, 1, 1] stand for each other.
 * "num_batches_tracked" tensors are ignored. */
bool weights_bind(struct graph *graph, const struct weights *weights, bool allow_unused, struct diag *diag);

/* One warning if named parameters that are bound hold NaN or infinities, with the first of them, and one if variances of batch
 * norms are not above 0; `path` is where they are from. */
void weights_check_numbers(const struct graph *graph, const char *path, struct diag *diag);

/* Binds every named parameter to reproducible random numbers: He-scaled weights, plausible BN statistics. The rule
 * is in tests/reference/README.md and is also followed by the scripts that made the reference outputs. */
void weights_bind_random(struct graph *graph, uint64_t seed);

/* --emit=params: a line a parameter: name, shape, type. */
void weights_print_params(const struct graph *graph, struct text *text);

/* .npy, float32, C order; for tests and tools. NULL after a diagnostic. */
const struct tensor *npy_read(struct arena *arena, const char *path, struct diag *diag);
const struct tensor *npy_parse(struct arena *arena, const char *path, const void *bytes, size_t size_bytes,
                               struct diag *diag);

#endif
