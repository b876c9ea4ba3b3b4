/* plan.h - the contract between scheduling and code generation: buffers, and steps that fill them.
 *
 * A step is one anchor (what is computed) with an epilogue (what is done to each vector of results before it is
 * stored). Steps run in order; each is split over the threads by its items; a barrier precedes a step that touches
 * memory which a step since the last barrier wrote, or writes what one read.
 *
 * Maps are stored in blocks of channels, [batch][C / block][H + halo][W + halo][block], float32; the lanes of a last
 * block beyond C hold zeros. A vector [C] is a map [C, 1, 1].
 */
#ifndef SENC_SCHEDULE_PLAN_H
#define SENC_SCHEDULE_PLAN_H

#include "../graph/graph.h"
#include "../target/target.h"

enum anchor {
#define ANCHOR(id, name, item, summary) ANCHOR_##id,
#include "anchor.def"
#undef ANCHOR
    ANCHOR_COUNT
};

enum plan_space {
    SPACE_ARENA,   /* scratch memory of a session, shared by lifetime */
    SPACE_WEIGHTS, /* a constant, in the block of weights; the same for all pictures of a batch */
    SPACE_PRIVATE  /* memory of each thread, for what every thread computes for itself */
};

struct plan_buffer {
    int id;
    const char *name; /* of the node it holds; for people */
    struct map_shape shape;
    int64_t block;            /* channels a block: the plan's lanes, or C of a narrow input of a convolution */
    int64_t halo[EDGE_COUNT]; /* rows and columns of zeros around the map */
    enum plan_space space;
    const struct tensor *constant; /* SPACE_WEIGHTS */
    struct plan_buffer *whole;     /* NULL, or the buffer of which this is a part, a view (view.c) */
    int64_t first_block;           /* the part begins with this block of channels of the whole */
    /* derived by plan_layout_buffer; strides in floats; `origin` is where (0, 0, 0) lies */
    int64_t row_stride, block_stride, batch_stride, origin;
    int64_t size_bytes, offset_bytes; /* in its space */
    int first_step, last_step;        /* lifetime, both included */
};

/* What a step reads at a position of its result: a buffer, or one number (buffer NULL). */
struct plan_operand {
    const struct plan_buffer *buffer;
    const struct plan_buffer *scale; /* NULL, or [C, 1, 1]: what is read of the buffer is multiplied by this */
    float value;
    bool one_channel, one_row, one_column; /* that extent of the buffer is 1 and stands for all */
};

enum epilogue_kind { EPILOGUE_BINARY, EPILOGUE_ACTIVATION, EPILOGUE_PRELU };

/* Operations after which an epilogue takes no further one. */
enum { PLAN_MOST_FUSED = 24 };

struct plan_epilogue {
    enum epilogue_kind kind;
    const struct node *node;     /* what it computes */
    enum op op;                  /* BINARY: OP_ADD ... OP_POW */
    bool reversed;               /* BINARY: operand op value instead of value op operand */
    struct plan_operand operand; /* BINARY; PRELU: the slope */
    struct activation activation;
};

/* A part of the weights, packed as its kernel reads it (pack.c). */
enum panel_kind {
    PANEL_CONV,      /* [output group][input block][tap row][tap column][block_channels][nv * lanes]; of a step that
                        spreads its weights [output group][nv][input block][tap row][tap column][block_channels][lanes] */
    PANEL_WINOGRAD,  /* [item's groups][position of a tile][output group][input channel][nv * lanes], transformed */
    PANEL_DEPTHWISE, /* [channel block][tap row][tap column][lanes] */
    PANEL_MATRIX,    /* [output block][input][lanes], of a matrix [output, input] */
    PANEL_GATHER,    /* for each channel block where its lanes come from, see gather.c */
    PANEL_TABLE,     /* of TAKE, RESAMPLE, REARRANGE, see pack_table.c */
};

struct plan_step;

struct plan_panel {
    enum panel_kind kind;
    const struct plan_step *step;
    const struct tensor *tensor;
    int64_t size_bytes, offset_bytes; /* in the weights */
};

/* Result (g) of a direct convolution, along each axis, for taps t:
 *   sum over t of source[g * stride + first + t * tap_step] * weight[kernel_first + t * kernel_step]
 * stored at result position g * result_step + result_first. A transposed convolution is stride * stride of these. */
struct plan_axis {
    int64_t grid, stride, first;
    int64_t taps, tap_step;
    int64_t kernel_first, kernel_step;
    int64_t result_step, result_first;
};

enum weight_order { WEIGHT_OUT_IN, WEIGHT_IN_OUT }; /* conv and linear; conv_transpose */

struct plan_conv {
    struct plan_axis axis[2];
    enum weight_order weight_order;
    int64_t kernel[2]; /* of the weight tensor */
    int64_t groups, inputs_per_group, outputs_per_group;
    int64_t tile_columns; /* results of a row that are computed together (mr): the most */
    int64_t tile_blocks;  /* output channel blocks that are computed together (nv) */
    int64_t item_rows;    /* rows of an item */
    int64_t pass_blocks;  /* input blocks of one pass over an item; reduce_blocks: one pass is all */
    int64_t run_channels; /* numbers of the source that follow each other: a block, or the blocks of a row of taps */
    int64_t unroll;       /* of these, how many are unrolled */
    bool streams_weights; /* more than stays in L2, or than the step before fetches: those of the next pass are fetched ahead */
    int64_t ahead_bytes;  /* fetched ahead of what lies behind its weights, for the steps that follow (ahead.c) */
    bool spreads_weights; /* a vector's: each is read once, so a panel is as many streams as it has blocks */
    bool fetches_source;  /* a tile reads little of each of many input blocks: those of the next tile are fetched ahead */
    bool keeps_scaled;    /* items go down the rows first, then through the groups, whose weights are scaled once for all of their rows */
    bool by_tap_rows; /* each number of the source is loaded once for all taps of a row; tile_blocks is 1 */
    bool is_permuted; /* small groups that fill whole vectors: input vectors are permuted, not broadcast */
    int64_t block_channels; /* weight vectors a tap for each input block: its channels; permuted: those of a group */
    int64_t output_groups;  /* ceil(output blocks / tile_blocks) */
    int64_t reduce_blocks;  /* input blocks that one output group reads */
};

/* A map cut into tile_rows x tile_columns tiles of results x results; see winograd.h. WINOGRAD_INPUT stores tiles of
 * the source position by position, [size * size positions][input block][tile][lanes]: as a map, positions are the blocks
 * and input blocks the rows, of which one may be left over. WINOGRAD_PRODUCTS makes products of them that lie in the same
 * way, for WINOGRAD_RESULT; WINOGRAD is both in one, item by item. */
struct plan_winograd {
    int results;
    int64_t tile_rows, tile_columns;
    int64_t first_row, first_column; /* of the source, read by the first tile */
    int64_t tile_most;               /* WINOGRAD: tiles that are multiplied together (mr): the most */
    int64_t tile_blocks;             /* output channel blocks that are (nv) */
    int64_t groups, inputs;          /* of the convolution; channels of the source that one result reads */
    int64_t item_tiles, item_groups; /* tiles and output groups of an item; WINOGRAD_PRODUCTS: all groups */
    int64_t output_groups;
    bool is_split;        /* WINOGRAD_PRODUCTS and WINOGRAD_RESULT instead of WINOGRAD */
    bool streams_weights; /* as in plan_conv; those that follow */
};

struct plan_pool {
    struct window window;
    bool is_max, count_include_pad;
};

/* The rows (or columns) of a map in runs of one class, of which the middle one is long; class -1: they are in no sum. */
enum { PLAN_MAX_RUNS = 16 };

struct plan_run {
    int64_t begin, end, class;
};

struct plan_border_axis {
    struct plan_run runs[PLAN_MAX_RUNS];
    int run_count, middle;
    int64_t class_count;
};

/* What an excitation squeezes where its input is sums of classes of rows and columns (border.c). */
struct plan_border {
    const struct plan_buffer *map;
    struct plan_border_axis axes[2];
    float factor; /* of all sums */
};

enum { PLAN_MAX_PARTS = 16, EXCITE_MAX_GROUP = 4 };

struct plan_excite {
    int64_t hidden; /* 0: one layer alone, to the gate */
    int64_t group;  /* channel blocks of an item, the last may have fewer */
    struct activation inner, gate;
    bool is_strict, is_wary, is_fused; /* as the node's */
    /* Where part_count is not 0, the step squeezes for itself: parts[i] are sums (or largest values) of the rows of a
     * map, [channels, rows, 1], and hold the channels one after the other; count: the numbers that a mean is of. */
    const struct plan_buffer **parts;
    const int64_t *part_blocks; /* blocks of channels of each: a convolution leaves sums for whole groups of blocks */
    int part_count;
    bool is_max;
    int64_t count;
    const struct plan_border *border; /* NULL, or the squeezed vector is [channel block][class of rows][of columns][lanes] */
};

struct plan_spot { /* a place of a map */
    int64_t channel, row, column;
};

/* What channel, row and column of the result each add to the place in the source. */
struct plan_rearrange {
    struct plan_spot *tables[3];
    bool moves_blocks; /* whole blocks of channels stay together */
    int tile_axis;     /* not 0: along rows (1) or columns (2) of the result lie channels of the source, whole blocks */
};

/* As the node's: numbers seen as dims, axes permuted. Rank 0: as they are. */
struct plan_reshape {
    int rank;
    const int64_t *dims;
    const int *axes;
};

/* How blocks of the result of a GATHER are made of vectors of the sources (gather.c): lane i is lane[i] of vector input[i]. */
enum { PLAN_MAX_PICKS = 12, PLAN_PICK_INPUTS = 4, PLAN_MAX_LANES = 16, PICK_ZERO = -1, PICK_FILL = -2 };
enum { PICK_WORDS = 1 + 3 * PLAN_PICK_INPUTS }; /* of a block in the panel */

struct plan_pick {
    int input_count;
    signed char input[PLAN_MAX_LANES], lane[PLAN_MAX_LANES];
};

/* Sums (or largest values) of the results, left by a step for each channel; see squeeze.c. */
enum { PLAN_MAX_SQUEEZES = 2 };

struct plan_squeeze {
    struct plan_buffer *sums; /* [C, chunks, 1] */
    size_t at;                /* of the results as they are behind so many epilogues */
    bool is_max;
};

struct plan_step {
    int index;
    enum anchor anchor;
    const struct node *node; /* the last operation that it computes; NULL for input, output */
    struct map_shape result; /* extents of what is computed */
    struct plan_operand source;
    int64_t source_row, source_column; /* COPY, GATHER: where the result begins in the source */
    struct plan_buffer *target;                      /* NULL for OUTPUT */
    int64_t target_row, target_column; /* where the result begins in the target */
    struct plan_squeeze squeezes[PLAN_MAX_SQUEEZES];
    int squeeze_count;
    bool is_redundant;           /* every thread does all items; the target is in SPACE_PRIVATE */
    int external;                                    /* INPUT, OUTPUT: index into the graph's list */
    VEC(struct plan_epilogue) epilogues;
    union {
        struct plan_conv conv; /* CONV, DEPTHWISE */
        struct plan_winograd winograd;
        struct plan_pool pool;
        struct plan_excite excite;
        float fill;
        struct {
            bool is_max, from_sums; /* from_sums: as the node's */
            int64_t count;          /* numbers that a mean is of */
        } reduce;
        struct {
            bool is_max;
            int index, phase; /* as the node's */
            bool ends_phase;  /* nothing behind it is computed when its phase is run */
        } meet;
        bool is_log; /* SOFTMAX */
        struct {
            int64_t scale[2];
            enum upsample_mode mode;
        } upsample;
        struct {
            const struct plan_buffer **sources; /* for each channel of the result */
            int64_t *channels;                  /* the channel of that source; -1: the fill */
            float fill;
            struct plan_pick *picks;
            int pick_count; /* 0: each lane by its own address */
        } gather;
        struct plan_rearrange rearrange;
        struct plan_reshape reshape;
        struct { /* axis: 1 rows, 2 columns */
            int axis;
            int64_t count;
            const int64_t *indices; /* -1: the fill */
            float fill;
            bool fills; /* there is such an index */
        } take;
        struct { /* axis: 0 channels, 1 rows, 2 columns */
            int axis;
            int64_t count, taps;
            const int64_t *indices;
            const float *weights;
        } resample;
        struct {
            enum reduce_kind kind;
            bool over[3];  /* channels, rows, columns */
            int64_t count; /* numbers that a mean is of */
        } fold;
        struct {
            int axis;
            bool last, is_min;
        } argmax;
    } as;
    const struct plan_panel *panels[2];
    const struct plan_buffer *vectors[2]; /* EXCITE: biases, in SPACE_WEIGHTS, or NULL */
    int64_t items;
    int64_t collapsed_columns; /* not 0: rows lie end to end in all buffers, so the map is seen as rows of this many */
    bool barrier;              /* all threads meet before this step */
};

struct plan {
    struct arena *arena;
    const struct graph *graph;
    const struct target *target;
    int level;
    int64_t lanes; /* floats a vector */
    VEC(struct plan_buffer *) buffers;
    VEC(struct plan_panel *) panels;
    VEC(struct plan_step *) steps;
    VEC(const char *) tile_refusals; /* choices of tiles that do not fit, with the reason; the model's stand instead */
    int64_t arena_bytes, weight_bytes, private_bytes;
    int64_t live_bytes; /* the largest sum of sizes of buffers that live at once: no arena can be smaller */
};

const char *anchor_name(enum anchor anchor);

/* Parts of at most `part` that make up `all`. */
static inline int64_t plan_parts(int64_t all, int64_t part) {
    return (all + part - 1) / part;
}

/* Blocks of channels of `c` channels. */
static inline int64_t plan_blocks(int64_t c, int64_t block) {
    return plan_parts(c, block);
}

/* A row of `grid` results cut into tiles of at most `most` columns, as equal as can be: `big` of small + 1 columns come
 * first, the rest have `small`. */
struct plan_cut {
    int64_t tiles, small, big;
};

static inline struct plan_cut plan_cut_row(int64_t grid, int64_t most) {
    int64_t tiles = (grid + most - 1) / most, small = tiles ? grid / tiles : 0;
    return (struct plan_cut){.tiles = tiles, .small = small, .big = grid - small * tiles};
}

/* The buffer whose memory a buffer is, and the block of it with which it begins. */
const struct plan_buffer *plan_whole(const struct plan_buffer *buffer);
int64_t plan_whole_block(const struct plan_buffer *buffer);

/* Whether two buffers that live at the same time share memory: by place, or by blocks of one whole. */
bool plan_buffers_meet(const struct plan_buffer *a, const struct plan_buffer *b);

/* The first input block that output group `group` of a convolution reads. */
int64_t plan_conv_first_block(const struct plan_step *step, int64_t lanes, int64_t group);

/* The squeeze of a step that leaves its sums in `buffer`, or NULL. */
const struct plan_squeeze *plan_find_squeeze(const struct plan_step *step, const struct plan_buffer *buffer);

/* Calls visit(context, buffer, is_write) for each arena buffer that a step touches. */
void plan_visit_buffers(const struct plan_step *step,
                        void (*visit)(void *context, const struct plan_buffer *buffer, bool is_write), void *context);

#endif
