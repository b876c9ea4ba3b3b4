/* senrt_abi.h - what a compiled network and the runtime agree on; the only header that compiler and runtime
 * share.
 *
 * A compiled network is one `const struct senrt_model NAME_model`, written by the compiler as constant data.
 * Its layout is given here once, as lists of fields: the C structures below and the constants that the
 * compiler emits are both made from the lists, so they cannot drift apart. Every field is 8 bytes wide:
 * U64(name) is a uint64_t, PTR(type, name) a pointer, whose target belongs to the model and is never freed.
 *
 * Tensors at this border are dense row-major float32, [batch, C, H, W] (or [batch, N] for vectors).
 */
#ifndef SENRT_ABI_H
#define SENRT_ABI_H

#include <stdint.h>

/* Raised whenever a list below changes; senrt_session_create refuses a model of another version. */
#define SENRT_ABI_VERSION 3

/* Alignment in bytes of the arena and of the weights: a cache line, and the widest vector. */
#define SENRT_ALIGNMENT 64

#define SENRT_MAX_RANK 4

/* Channel order of a picture input. */
enum senrt_color { SENRT_COLOR_NONE = 0, SENRT_COLOR_GRAY = 1, SENRT_COLOR_RGB = 2, SENRT_COLOR_BGR = 3 };

/* Instruction sets that a model may need: bits of senrt_model.cpu_features. */
enum senrt_cpu_feature {
    SENRT_CPU_SSE3 = 1 << 0,
    SENRT_CPU_SSSE3 = 1 << 1,
    SENRT_CPU_SSE41 = 1 << 2,
    SENRT_CPU_SSE42 = 1 << 3,
    SENRT_CPU_POPCNT = 1 << 4,
    SENRT_CPU_AVX = 1 << 5,
    SENRT_CPU_AVX2 = 1 << 6,
    SENRT_CPU_FMA = 1 << 7,
    SENRT_CPU_BMI = 1 << 8,
    SENRT_CPU_BMI2 = 1 << 9,
    SENRT_CPU_F16C = 1 << 10,
    SENRT_CPU_LZCNT = 1 << 11,
    SENRT_CPU_MOVBE = 1 << 12,
    SENRT_CPU_AVX512F = 1 << 13,
    SENRT_CPU_AVX512BW = 1 << 14,
    SENRT_CPU_AVX512CD = 1 << 15,
    SENRT_CPU_AVX512DQ = 1 << 16,
    SENRT_CPU_AVX512VL = 1 << 17,
};

/* How a picture becomes the input: decode, turn (EXIF), resize with an antialiased bilinear filter (as PIL's
 * Image.BILINEAR), crop the centre, then (value / 255 - mean[c]) / std[c]. With `fill` the picture is scaled to
 * crop_height rows instead, its columns in proportion but at most crop_width, and lies on the left.
 *   resize_height, resize_width  size in pixels after resizing; width 0: the shorter side becomes `height`,
 *                                the longer one keeps the aspect ratio; both 0: no resizing
 *   crop_height, crop_width      the centre that is cut out; equal to H and W of the input
 *   mean, stddev                 one float a channel, in the order of the input's channels
 *   fill                         NULL, or one float a channel: the input where there is no picture
 * Of an output, color, mean and stddev say how it becomes a picture: 255 (value * std[c] + mean[c]), rounded.
 */
#define SENRT_PICTURE_FIELDS(U64, PTR)                                                                       \
    U64(color)                                                                                               \
    U64(resize_height)                                                                                       \
    U64(resize_width)                                                                                        \
    U64(crop_height)                                                                                         \
    U64(crop_width)                                                                                          \
    PTR(const float, mean)                                                                                   \
    PTR(const float, stddev)                                                                                 \
    PTR(const float, fill)

/* One input or output. The shape is that of one picture, without the batch.
 *   element_count  product of dims[0..rank-1]
 *   picture        NULL unless the input was declared `from rgb(...)`, `gray(...)` or `bgr(...)`, the output `: rgb(...)`
 */
#define SENRT_TENSOR_FIELDS(U64, PTR)                                                                        \
    PTR(const char, name)                                                                                    \
    U64(rank)                                                                                                \
    U64(dim0)                                                                                                \
    U64(dim1)                                                                                                \
    U64(dim2)                                                                                                \
    U64(dim3)                                                                                                \
    U64(element_count)                                                                                       \
    PTR(const struct senrt_picture, picture)

/* A network that makes a picture of a picture (one input, one output, both with `picture`, batch 1) takes pictures of
 * any size in tiles of its input's size. An axis of a map of such a tile:
 *   extent      of the tile's map
 *   pixels      a tile that many pixels further on ...
 *   positions   ... sees the map of the whole picture that many positions further on
 *   begin, end  the places from begin on and before end are right wherever the tile lies; what is outside is right only
 *               at that edge of the picture
 */
#define SENRT_AXIS_FIELDS(U64, PTR)                                                                          \
    U64(extent)                                                                                              \
    U64(pixels)                                                                                              \
    U64(positions)                                                                                           \
    U64(begin)                                                                                               \
    U64(end)

/* A squeeze: the largest or mean of a map of the whole picture, gathered from its tiles.
 *   phase     1 ... phase_count - 1: it depends on squeezes of all earlier phases
 *   channels  of the map
 *   axes      its rows and its columns
 */
#define SENRT_SQUEEZE_FIELDS(U64, PTR)                                                                       \
    U64(phase)                                                                                               \
    U64(is_max)                                                                                              \
    U64(channels)                                                                                            \
    PTR(const struct senrt_axis, axes)

/* How it is tiled, first rows, then columns.
 *   phase_count  runs over all tiles: in each but the last one the squeezes of that phase are gathered
 *   align        tiles begin at multiples of this many pixels
 *   margin       pixels above and beside the picture that the network eats; what it makes begins behind them
 *   output       the axes of the output
 */
#define SENRT_TILING_FIELDS(U64, PTR)                                                                        \
    U64(phase_count)                                                                                         \
    U64(squeeze_count)                                                                                       \
    PTR(const struct senrt_squeeze, squeezes)                                                                \
    U64(align_rows)                                                                                          \
    U64(align_columns)                                                                                       \
    U64(margin_rows)                                                                                         \
    U64(margin_columns)                                                                                      \
    PTR(const struct senrt_axis, output)

/* What a run does at a squeeze: the sum (or the largest) of the box of the map is written to `sums`, unless that is
 * NULL; the network goes on with `values`, or, if that is NULL, with the mean (or the largest) of the box. Both have
 * room for batch * channels floats, where channels are rounded up to a multiple of SENRT_CHANNEL_ROOM. Sums are not
 * written where `values` are given.
 */
#define SENRT_MEETING_FIELDS(U64, PTR)                                                                       \
    U64(row_begin)                                                                                           \
    U64(row_end)                                                                                             \
    U64(column_begin)                                                                                        \
    U64(column_end)                                                                                          \
    PTR(float, sums)                                                                                         \
    PTR(const float, values)

#define SENRT_CHANNEL_ROOM 64

/* The model.
 *   abi_version         SENRT_ABI_VERSION of the compiler
 *   name                the network's name; every exported symbol begins with it
 *   compiler            "senc VERSION"
 *   target              the CPU that the code was compiled for, for messages
 *   cpu_features        bits of senrt_cpu_feature, all of which the code may use
 *   batch               pictures a run
 *   input_count ...     arrays of that many senrt_tensor
 *   label_count         0, or the number of class names in `labels`
 *   arena_bytes         scratch memory that one session needs, aligned to SENRT_ALIGNMENT
 *   weight_bytes        size of `weights`, aligned to SENRT_ALIGNMENT, read-only, mapped with the executable
 *   parameter_count     trainable numbers of the network as it was written (BN statistics not counted)
 *   mac_count           multiply-accumulates of convolutions and linear layers for one picture
 *   step_count          steps of the plan
 *   tiling              NULL unless the network makes a picture of a picture
 *   run                 the network; see senrt_frame
 */
#define SENRT_MODEL_FIELDS(U64, PTR)                                                                         \
    U64(abi_version)                                                                                         \
    PTR(const char, name)                                                                                    \
    PTR(const char, compiler)                                                                                \
    PTR(const char, target)                                                                                  \
    U64(cpu_features)                                                                                        \
    U64(batch)                                                                                               \
    U64(input_count)                                                                                         \
    PTR(const struct senrt_tensor, inputs)                                                                   \
    U64(output_count)                                                                                        \
    PTR(const struct senrt_tensor, outputs)                                                                  \
    U64(label_count)                                                                                         \
    PTR(const char *const, labels)                                                                           \
    U64(arena_bytes)                                                                                         \
    U64(weight_bytes)                                                                                        \
    PTR(const unsigned char, weights)                                                                        \
    U64(parameter_count)                                                                                     \
    U64(mac_count)                                                                                           \
    U64(step_count)                                                                                          \
    PTR(const struct senrt_tiling, tiling)                                                                   \
    PTR(senrt_run_function, run)

/* What one thread hands to the network. Every thread of a session calls `run` with the same frame except for
 * thread_index; all run every step, each its share of the step's work, and meet at barriers.
 *   arena         arena_bytes, aligned to SENRT_ALIGNMENT; contents do not matter and do not last
 *   weights       senrt_model.weights
 *   inputs        input_count pointers to batch * element_count floats, any alignment of at least 4
 *   outputs       output_count pointers, likewise; must not overlap the inputs
 *   barrier       opaque, passed to `wait`
 *   wait          blocks until all threads have called it; never called when thread_count is 1
 *   phase         0: all steps are run; else those up to the last squeeze of that phase, and there are no outputs
 *   meetings      one for each squeeze of senrt_model.tiling
 */
#define SENRT_FRAME_FIELDS(U64, PTR)                                                                         \
    PTR(unsigned char, arena)                                                                                \
    PTR(const unsigned char, weights)                                                                        \
    PTR(const float *const, inputs)                                                                          \
    PTR(float *const, outputs)                                                                               \
    U64(thread_index)                                                                                        \
    U64(thread_count)                                                                                        \
    PTR(void, barrier)                                                                                       \
    PTR(senrt_wait_function, wait)                                                                           \
    U64(phase)                                                                                               \
    PTR(const struct senrt_meeting, meetings)

struct senrt_frame;
typedef void senrt_run_function(const struct senrt_frame *frame);
typedef void senrt_wait_function(void *barrier);

#define SENRT_DECLARE_U64(name) uint64_t name;
#define SENRT_DECLARE_PTR(type, name) type *name;

struct senrt_picture {
    SENRT_PICTURE_FIELDS(SENRT_DECLARE_U64, SENRT_DECLARE_PTR)
};
struct senrt_tensor {
    SENRT_TENSOR_FIELDS(SENRT_DECLARE_U64, SENRT_DECLARE_PTR)
};
struct senrt_axis {
    SENRT_AXIS_FIELDS(SENRT_DECLARE_U64, SENRT_DECLARE_PTR)
};
struct senrt_squeeze {
    SENRT_SQUEEZE_FIELDS(SENRT_DECLARE_U64, SENRT_DECLARE_PTR)
};
struct senrt_tiling {
    SENRT_TILING_FIELDS(SENRT_DECLARE_U64, SENRT_DECLARE_PTR)
};
struct senrt_meeting {
    SENRT_MEETING_FIELDS(SENRT_DECLARE_U64, SENRT_DECLARE_PTR)
};
struct senrt_model {
    SENRT_MODEL_FIELDS(SENRT_DECLARE_U64, SENRT_DECLARE_PTR)
};
struct senrt_frame {
    SENRT_FRAME_FIELDS(SENRT_DECLARE_U64, SENRT_DECLARE_PTR)
};

#undef SENRT_DECLARE_U64
#undef SENRT_DECLARE_PTR

#endif
