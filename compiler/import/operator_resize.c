/* operator_resize.c - Resize and Upsample: along each axis every result is one number of the input or a weighted sum of a
 * few, which are found here, in every mode of ONNX.
 */
#include "importer.h"

#include <math.h>
#include <string.h>

enum method { METHOD_NEAREST, METHOD_LINEAR, METHOD_CUBIC };

struct resize {
    enum method method;
    const char *coordinates, *nearest;
    double cubic, outside_value;
    bool leaves_outside, antialias;
};

struct axis {
    int64_t from, to;
    double scale;      /* to / from, as given */
    double start, end; /* of the region of interest */
};

/* In float32, as other engines have it: where 3 / 0.6 is to be 5, the place is a whole number or just beside one. */
static float symmetric_place(const struct axis *axis, float x, float scale) {
    float from = (float)axis->from, adjusted = (float)axis->to / (scale * from), offset = from / 2 * (1 - adjusted);
    return offset + (x + 0.5f) / scale - 0.5f;
}

/* What the scale makes of the extent, which may be no whole number: 2.4 of 4 * 0.6. */
static double exact_extent(const struct axis *axis) {
    double exact = axis->scale * (double)axis->from;
    return fabs(exact - (double)axis->to) < 1e-3 ? (double)axis->to : exact;
}

/* Where corners are aligned, the last number lies at the exact extent: so has it ONNX's reference, not so others. */
static double place_of(const struct resize *resize, const struct axis *axis, int64_t i) {
    float x = (float)i, from = (float)axis->from, to = (float)axis->to, scale = (float)axis->scale;
    double exact = exact_extent(axis);
    if (!strcmp(resize->coordinates, "asymmetric")) return x / scale;
    if (!strcmp(resize->coordinates, "align_corners")) return exact == 1 ? 0 : x * (from - 1) / (float)(exact - 1);
    if (!strcmp(resize->coordinates, "pytorch_half_pixel")) return axis->to == 1 ? 0 : (x + 0.5f) / scale - 0.5f;
    if (!strcmp(resize->coordinates, "tf_half_pixel_for_nn")) return (x + 0.5f) / scale;
    if (!strcmp(resize->coordinates, "half_pixel_symmetric")) return symmetric_place(axis, x, scale);
    if (!strcmp(resize->coordinates, "tf_crop_and_resize")) {
        float start = (float)axis->start, end = (float)axis->end;
        return axis->to == 1 ? 0.5f * (start + end) * (from - 1) : start * (from - 1) + x * (end - start) * (from - 1) / (to - 1);
    }
    return (x + 0.5f) / scale - 0.5f;
}

static int64_t clamp(double x, int64_t extent) {
    return !(x > 0) ? 0 : x >= (double)extent ? extent - 1 : (int64_t)x;
}

static int64_t nearest_of(const struct resize *resize, double place, int64_t extent) {
    double rounded = ceil(place - 0.5); /* round_prefer_floor */
    if (!strcmp(resize->nearest, "round_prefer_ceil")) rounded = floor(place + 0.5);
    if (!strcmp(resize->nearest, "floor")) rounded = floor(place);
    if (!strcmp(resize->nearest, "ceil")) rounded = ceil(place);
    return clamp(rounded, extent);
}

static bool is_outside(const struct resize *resize, double place, int64_t extent) {
    return !strcmp(resize->coordinates, "tf_crop_and_resize") && (place < 0 || place > (double)(extent - 1));
}

static struct value *resize_nearest(struct call *call, struct value *x, int number, const struct resize *resize,
                                    const struct axis *axis) {
    int64_t *indices = ARENA_NEW_ARRAY(call->importer->arena, int64_t, (size_t)axis->to);
    for (int64_t i = 0; i < axis->to; i++) {
        double place = place_of(resize, axis, i);
        if (!strcmp(resize->nearest, "simple")) place = axis->scale < 1 ? ceil(place) : floor(place);
        indices[i] = is_outside(resize, place, axis->from) ? -1 : nearest_of(resize, place, axis->from);
    }
    return value_take(call, x, number, indices, axis->to, resize->outside_value);
}

/* The weight of a number at distance `d`. */
static double kernel_at(const struct resize *resize, double d) {
    double a = resize->cubic;
    d = fabs(d);
    if (resize->method == METHOD_LINEAR) return d < 1 ? 1 - d : 0;
    if (d <= 1) return ((a + 2) * d - (a + 3)) * d * d + 1;
    return d < 2 ? ((a * d - 5 * a) * d + 8 * a) * d - 4 * a : 0;
}

/* The weights of result `i`, their sum 1, in which what lies outside is the edge or, if so asked for, left out. */
static void find_taps(const struct resize *resize, const struct axis *axis, int64_t i, int64_t taps, double stretch,
                      int64_t *indices, float *weights, double *scratch) {
    double place = place_of(resize, axis, i), sum = 0;
    double reach = (resize->method == METHOD_LINEAR ? 1 : 2) * stretch;
    double first = floor(place - reach) + 1;
    for (int64_t t = 0; t < taps; t++) {
        double at = first + (double)t, weight = kernel_at(resize, (at - place) / stretch);
        if (resize->leaves_outside && (at < 0 || at >= (double)axis->from)) weight = 0;
        indices[t] = clamp(at, axis->from);
        scratch[t] = weight;
        sum += weight;
    }
    for (int64_t t = 0; t < taps; t++) weights[t] = (float)(sum != 0 ? scratch[t] / sum : 0);
}

/* Results that lie outside of a region of interest are a constant. */
static struct value *fill_outside(struct call *call, struct value *x, int number, const struct resize *resize,
                                  const struct axis *axis) {
    int64_t *indices = ARENA_NEW_ARRAY(call->importer->arena, int64_t, (size_t)axis->to);
    for (int64_t i = 0; i < axis->to; i++)
        indices[i] = is_outside(resize, place_of(resize, axis, i), axis->from) ? -1 : i;
    return value_take(call, x, number, indices, axis->to, resize->outside_value);
}

static struct value *resize_weighted(struct call *call, struct value *x, int number, const struct resize *resize,
                                     const struct axis *axis) {
    double stretch = resize->antialias && axis->scale < 1 ? 1 / axis->scale : 1;
    double reach = (resize->method == METHOD_LINEAR ? 1 : 2) * stretch;
    int64_t taps = reach < 1e6 ? (int64_t)ceil(2 * reach) : 0;
    if (taps < 1 || !value_count_numbers(call, axis->to * taps)) return call_fail(call, "its scale is out of range"), NULL;
    struct arena *arena = call->importer->graph->arena;
    int64_t *indices = ARENA_NEW_ARRAY(arena, int64_t, (size_t)(axis->to * taps));
    float *weights = ARENA_NEW_ARRAY(arena, float, (size_t)(axis->to * taps));
    double *scratch = ARENA_NEW_ARRAY(call->importer->arena, double, (size_t)taps);
    for (int64_t i = 0; i < axis->to; i++)
        find_taps(resize, axis, i, taps, stretch, indices + i * taps, weights + i * taps, scratch);
    struct dims picture = value_picture(call, x), dims = x->dims;
    int first = dims.rank - picture.rank, place;
    struct node *node = value_node(call, x, value_axis_shape(call, picture, number - first, &place));
    if (!node) return NULL;
    node = call_add(call, OP_RESAMPLE, &node, 1);
    node->as.resample.axis = place;
    node->as.resample.count = axis->to;
    node->as.resample.taps = taps;
    node->as.resample.indices = indices;
    node->as.resample.weights = weights;
    dims.d[number] = axis->to;
    x = value_flow(call, call_finish(call, node), dims);
    return x ? fill_outside(call, x, number, resize, axis) : NULL;
}

/* Whole factors of rows and columns are an operation of their own. */
static bool is_upsampling(const struct resize *resize, const struct axis *axes, int rank) {
    bool is_whole = !strcmp(resize->nearest, "floor") || !strcmp(resize->nearest, "simple");
    bool is_floor = !strcmp(resize->coordinates, "asymmetric") && is_whole;
    bool is_half = !strcmp(resize->coordinates, "half_pixel") || !strcmp(resize->coordinates, "pytorch_half_pixel");
    for (int i = 0; i < rank; i++) {
        if (axes[i].to % axes[i].from || axes[i].scale != (double)(axes[i].to / axes[i].from)) return false;
        if (i < rank - 2 && axes[i].to != axes[i].from) return false;
    }
    if (rank != 4 || (axes[2].from == axes[2].to && axes[3].from == axes[3].to)) return false;
    bool is_rounded = is_half && !strncmp(resize->nearest, "round", 5);
    return resize->method == METHOD_NEAREST ? is_floor || is_rounded : resize->method == METHOD_LINEAR && is_half && !resize->leaves_outside;
}

static struct value *upsample(struct call *call, struct value *x, const struct resize *resize, const struct axis *axes) {
    struct dims dims = x->dims;
    struct node *node = value_node(call, x, value_shape(call, value_picture(call, x)));
    if (!node) return NULL;
    node = call_add(call, OP_UPSAMPLE, &node, 1);
    node->as.upsample.mode = resize->method == METHOD_NEAREST ? UPSAMPLE_NEAREST : UPSAMPLE_BILINEAR;
    for (int i = 2; i < 4; i++) {
        node->as.upsample.scale[i - 2] = axes[i].to / axes[i].from;
        dims.d[i] = axes[i].to;
    }
    return value_flow(call, call_finish(call, node), dims);
}

static bool resize_all(struct call *call, const struct resize *resize, const struct axis *axes) {
    struct value *x = call->inputs[0];
    int rank = x->dims.rank;
    bool has_batch = call->importer->is_batched || x->dims.d[0] == 1;
    if (!x->node) return call_fail(call, "its input is a constant");
    if (has_batch && is_upsampling(resize, axes, rank)) {
        call->outputs[0] = upsample(call, x, resize, axes);
        return call->outputs[0];
    }
    for (int i = 0; i < rank && x; i++) {
        bool is_region = !strcmp(resize->coordinates, "tf_crop_and_resize") && (axes[i].start != 0 || axes[i].end != 1);
        if (axes[i].from == axes[i].to && axes[i].scale == 1 && !is_region) continue;
        if (i == 0 && call->importer->is_batched) return call_fail_batch(call);
        if (!value_count_numbers(call, axes[i].to)) return false;
        x = resize->method == METHOD_NEAREST ? resize_nearest(call, x, i, resize, &axes[i])
                                             : resize_weighted(call, x, i, resize, &axes[i]);
    }
    call->outputs[0] = x;
    return x;
}

/* --- what the node says */

/* The numbers of an input or attribute for each of `count` axes; NULL in *out_value if there are none. */
static bool find_numbers(struct call *call, int index, const char *what, int count, struct value **out_value) {
    *out_value = NULL;
    if (!call_has_input(call, index)) return true;
    struct value *value = call_constant(call, index, what);
    if (!value) return false;
    if (dims_count(value->dims) == 0) return true;
    if (dims_count(value->dims) != count) return call_fail(call, "its %s do not fit its axes", what);
    *out_value = value;
    return true;
}

/* Which axes are meant: all, or those of an attribute. */
static int find_axes(struct call *call, int rank, int *axes) {
    size_t count;
    const int64_t *given = attribute_integers(call, "axes", &count);
    if (!given) {
        for (int i = 0; i < rank; i++) axes[i] = i;
        return rank;
    }
    if (count > (size_t)rank) return call_fail(call, "it names too many axes"), -1;
    for (size_t i = 0; i < count; i++)
        if ((axes[i] = value_axis(call, given[i], rank)) < 0) return -1;
    return (int)count;
}

static bool set_extent(struct call *call, struct axis *axis, double to, double scale) {
    if (!(to >= 1) || !(to <= (double)SHAPE_MAX_ELEMENTS) || !(scale > 0))
        return call_fail(call, "its scales or sizes are out of range");
    axis->to = (int64_t)to;
    axis->scale = scale;
    return true;
}

/* One size for all axes: the smallest or largest of the factors, as keep_aspect_ratio_policy says. */
static double common_scale(const char *policy, const struct axis *axes, const int *numbers, const struct value *sizes) {
    bool is_smallest = !strcmp(policy, "not_larger");
    double common = 0;
    for (int i = 0; i < dims_count(sizes->dims); i++) {
        double scale = value_at(sizes, i) / (double)axes[numbers[i]].from;
        if (i == 0 || (is_smallest ? scale < common : scale > common)) common = scale;
    }
    return common;
}

static bool find_extents(struct call *call, struct axis *axes, const int *numbers, int count, struct value *scales,
                         struct value *sizes) {
    const char *policy = attribute_string(call, "keep_aspect_ratio_policy", "stretch");
    bool keeps = sizes && strcmp(policy, "stretch") != 0;
    if (!scales == !sizes) return call_fail(call, "it has no scales and no sizes, or both");
    double common = keeps ? common_scale(policy, axes, numbers, sizes) : 0;
    for (int i = 0; i < count; i++) {
        struct axis *axis = &axes[numbers[i]];
        double from = (double)axis->from, to, scale;
        if (scales) {
            scale = value_at(scales, i);
            to = floorf((float)from * (float)scale);
        } else {
            to = keeps ? floor(from * common + 0.5) : value_at(sizes, i);
            scale = keeps ? common : to / from;
        }
        if (!set_extent(call, axis, to, scale)) return false;
    }
    return true;
}

static bool read_modes(struct call *call, struct resize *resize, const char *usual_coordinates) {
    const char *mode = attribute_string(call, "mode", "nearest");
    *resize = (struct resize){
        .method = !strcmp(mode, "nearest") ? METHOD_NEAREST : !strcmp(mode, "cubic") ? METHOD_CUBIC : METHOD_LINEAR,
        .coordinates = attribute_string(call, "coordinate_transformation_mode", usual_coordinates),
        .nearest = attribute_string(call, "nearest_mode", "round_prefer_floor"),
        .cubic = attribute_real(call, "cubic_coeff_a", -0.75),
        .outside_value = attribute_real(call, "extrapolation_value", 0),
        .leaves_outside = attribute_integer(call, "exclude_outside", 0) != 0,
        .antialias = attribute_integer(call, "antialias", 0) != 0,
    };
    bool is_known = resize->method != METHOD_LINEAR || !strcmp(mode, "linear") || !strcmp(mode, "bilinear");
    static const char *const known[] = {"half_pixel", "asymmetric", "align_corners", "pytorch_half_pixel",
                                        "tf_half_pixel_for_nn", "tf_crop_and_resize", "half_pixel_symmetric"};
    bool knows_coordinates = false;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        knows_coordinates = knows_coordinates || !strcmp(known[i], resize->coordinates);
    return (is_known && knows_coordinates) ||
           call_fail(call, "its mode '%s' or its coordinates '%s' are not supported", mode, resize->coordinates);
}

/* Upsample, and Resize of opset 10, of which the nearest number is that of x / scale: the one below, or above where a picture
 * shrinks. */
static bool resize_old(struct call *call, struct axis *axes) {
    struct resize resize;
    struct value *scales;
    int rank = call->inputs[0]->dims.rank, numbers[DIMS_MAX_RANK];
    const Onnx__AttributeProto *attribute = attribute_find(call, "scales");
    if (!read_modes(call, &resize, "asymmetric") || !find_numbers(call, 1, "scales", rank, &scales)) return false;
    resize.nearest = "simple";
    if (attribute && !scales) { /* opset 7 */
        float *floats;
        scales = value_floats(call, (struct dims){1, {(int64_t)attribute->n_floats}}, &floats);
        for (size_t i = 0; i < attribute->n_floats && scales; i++) floats[i] = attribute->floats[i];
        if (scales && dims_count(scales->dims) != rank) return call_fail(call, "its scales do not fit its axes");
    }
    for (int i = 0; i < rank; i++) numbers[i] = i;
    return find_extents(call, axes, numbers, rank, scales, NULL) && resize_all(call, &resize, axes);
}

bool import_resize(struct call *call, int variant) {
    struct dims dims = call->inputs[0]->dims;
    struct axis axes[DIMS_MAX_RANK];
    struct value *region = NULL, *scales, *sizes;
    struct resize resize;
    int numbers[DIMS_MAX_RANK];
    if (dims.rank < 1 || dims_count(dims) < 1) return call_fail(call, "its input has no axes or no numbers");
    for (int i = 0; i < dims.rank; i++) axes[i] = (struct axis){dims.d[i], dims.d[i], 1, 0, 1};
    if (variant || call->importer->opset < 11) return resize_old(call, axes);
    int count = find_axes(call, dims.rank, numbers);
    if (count < 0 || !read_modes(call, &resize, "half_pixel")) return false;
    bool has_region = !strcmp(resize.coordinates, "tf_crop_and_resize");
    if ((has_region && !find_numbers(call, 1, "roi", 2 * count, &region)) ||
        !find_numbers(call, 2, "scales", count, &scales) || !find_numbers(call, 3, "sizes", count, &sizes))
        return false;
    for (int i = 0; i < count && region; i++) {
        axes[numbers[i]].start = value_at(region, i);
        axes[numbers[i]].end = value_at(region, i + count);
    }
    if (!find_extents(call, axes, numbers, count, scales, sizes)) return false;
    for (int i = 0; i < count && !strcmp(resize.coordinates, "align_corners"); i++)
        if (exact_extent(&axes[numbers[i]]) != (double)axes[numbers[i]].to) call_note_corners(call);
    return resize_all(call, &resize, axes);
}
