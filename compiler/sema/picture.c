/* picture.c - turns `from rgb(resize = 256, ...)` into how a picture becomes the input, and `output x: rgb(...)` into how
 * an output becomes a picture. */
#include "elaborate.h"

#include "../graph/tiling.h"

#include <math.h>
#include <string.h>

enum { RESIZE, CROP, MEAN, STD, FILL, ARGUMENT_COUNT };

static const char *const argument_names[ARGUMENT_COUNT] = {"resize", "crop", "mean", "std", "fill"};

static enum picture_color read_color(struct sema *sema, struct ast_name name) {
    static const char *const names[] = {"gray", "rgb", "bgr"};
    static const enum picture_color colors[] = {PICTURE_GRAY, PICTURE_RGB, PICTURE_BGR};
    for (int i = 0; i < 3; i++)
        if (strcmp(names[i], name.text) == 0) return colors[i];
    sema_error(sema, name.span, DIAG_PICTURE, "unknown kind of picture '%s': there are gray, rgb and bgr",
               name.text);
    diag_suggest(sema->diag, name.text, names, 3);
    return 0;
}

static bool fail(struct sema *sema, const struct bound *argument, int place, const char *wanted) {
    sema_error(sema, argument->span, DIAG_PICTURE, "'%s' is %s, not %s", argument_names[place], wanted,
               sema_describe(sema, argument->value, argument->span));
    return false;
}

static bool is_pixel_count(struct value value) {
    enum { MOST = 1 << 16 };
    return value.kind == VALUE_INTEGER && value.as.integer >= 1 && value.as.integer <= MOST;
}

/* [h, w] */
static bool read_size(struct value value, int64_t *out_height, int64_t *out_width) {
    if (value.kind != VALUE_LIST || value.as.list->items.count != 2) return false;
    const struct value *items = value.as.list->items.items;
    if (!is_pixel_count(items[0]) || !is_pixel_count(items[1])) return false;
    *out_height = items[0].as.integer;
    *out_width = items[1].as.integer;
    return true;
}

/* A number for all channels, or a list of one for each. */
static bool read_channels(struct value value, int64_t channels, bool is_positive, float *out_numbers) {
    bool is_list = value.kind == VALUE_LIST;
    if (is_list && value.as.list->items.count != (size_t)channels) return false;
    for (int64_t i = 0; i < channels; i++) {
        struct value item = is_list ? value.as.list->items.items[i] : value;
        if (!value_is_number(item)) return false;
        out_numbers[i] = (float)value_as_real(item);
        if (!isfinite(out_numbers[i]) || (is_positive && !(out_numbers[i] > 0))) return false;
    }
    return true;
}

/* Without resize and crop the whole picture is scaled to the input; with crop alone it is not scaled. */
static bool read_sizes(struct sema *sema, const struct bound *bound, struct shape shape,
                       struct picture *picture) {
    picture->crop_height = shape.dims[1];
    picture->crop_width = shape.dims[2];
    const struct bound *resize = &bound[RESIZE], *crop = &bound[CROP];
    if (!resize->is_given && !crop->is_given) {
        picture->resize_height = picture->crop_height;
        picture->resize_width = picture->crop_width;
    }
    if (crop->is_given) {
        if (is_pixel_count(crop->value))
            picture->crop_height = picture->crop_width = crop->value.as.integer;
        else if (!read_size(crop->value, &picture->crop_height, &picture->crop_width))
            return fail(sema, crop, CROP, "a number of pixels or [h, w]");
    }
    if (resize->is_given) {
        if (is_pixel_count(resize->value))
            picture->resize_height = resize->value.as.integer; /* of the shorter side */
        else if (!read_size(resize->value, &picture->resize_height, &picture->resize_width))
            return fail(sema, resize, RESIZE, "a number of pixels or [h, w]");
    }
    return true;
}

static bool check_sizes(struct sema *sema, const struct bound *bound, const struct ast_picture *declared,
                        struct shape shape, const struct picture *picture) {
    if (picture->crop_height != shape.dims[1] || picture->crop_width != shape.dims[2]) {
        sema_error(sema, bound[CROP].span, DIAG_PICTURE,
                   "a crop of %lldx%lld does not fill the input, which is %lldx%lld",
                   (long long)picture->crop_height, (long long)picture->crop_width, (long long)shape.dims[1],
                   (long long)shape.dims[2]);
        return false;
    }
    int64_t height = picture->resize_height, width = picture->resize_width ? picture->resize_width : height;
    if (!height || (height >= picture->crop_height && width >= picture->crop_width)) return true;
    sema_error(sema, bound[RESIZE].is_given ? bound[RESIZE].span : declared->span, DIAG_PICTURE,
               "resized to %lld the picture is smaller than the input, which is %lldx%lld",
               (long long)(height < width ? height : width), (long long)shape.dims[1],
               (long long)shape.dims[2]);
    return false;
}

/* A picture with a fill is as high as the input: no other size may be asked for. */
static bool read_fill(struct sema *sema, const struct bound *bound, struct picture *picture) {
    const struct bound *fill = &bound[FILL];
    if (!fill->is_given) return true;
    for (int place = RESIZE; place <= CROP; place++) {
        if (!bound[place].is_given) continue;
        sema_error(sema, bound[place].span, DIAG_PICTURE, "'fill' scales the picture to the input: there is no '%s'",
                   argument_names[place]);
        diag_label(sema->diag, fill->span, "the fill");
        return false;
    }
    if (!read_channels(fill->value, 1, false, &picture->fill)) return fail(sema, fill, FILL, "a number");
    picture->is_filled = true;
    picture->resize_height = picture->resize_width = 0;
    return true;
}

/* Reads the color, the mean and std; of the arguments `count` from number `first` on may be there. Checks the shape. */
static bool read_picture(struct sema *sema, const struct ast_picture *declared, struct shape shape, int first,
                         int count, struct bound *out_bound, struct picture *out_picture) {
    const struct ast_call call = {
        .span = declared->span, .callee = declared->color, .arguments = declared->arguments};
    out_picture->color = read_color(sema, declared->color);
    if (sema_find_misplaced(declared->arguments)) return false;
    if (!sema_bind_arguments(sema, &call, 0, argument_names + first, (size_t)count, out_bound + first) ||
        !out_picture->color)
        return false;
    int64_t channels = out_picture->color == PICTURE_GRAY ? 1 : 3;
    if (shape.rank != 3 || shape.dims[0] != channels) {
        sema_error(sema, declared->color.span, DIAG_PICTURE,
                   "a picture of kind '%s' %s [%lld, H, W], not %s", declared->color.text,
                   first ? "is made of an output" : "fills an input", (long long)channels,
                   shape_text(sema->arena, shape));
        return false;
    }
    const struct bound *mean = &out_bound[MEAN], *stddev = &out_bound[STD];
    for (int i = 0; i < 3; i++) out_picture->stddev[i] = 1;
    if (mean->is_given && !read_channels(mean->value, channels, false, out_picture->mean))
        return fail(sema, mean, MEAN, "a number, or a list of one for each channel");
    if (stddev->is_given && !read_channels(stddev->value, channels, true, out_picture->stddev))
        return fail(sema, stddev, STD, "a positive number, or a list of one for each channel");
    return true;
}

const struct picture *sema_evaluate_picture(struct sema *sema, const struct ast_picture *declared,
                                            struct shape shape) {
    struct picture *picture = ARENA_NEW(sema->graph->arena, struct picture);
    struct bound bound[ARGUMENT_COUNT] = {0};
    if (!read_picture(sema, declared, shape, 0, ARGUMENT_COUNT, bound, picture)) return NULL;
    if (!read_sizes(sema, bound, shape, picture) || !read_fill(sema, bound, picture)) return NULL;
    return check_sizes(sema, bound, declared, shape, picture) ? picture : NULL;
}

const struct picture *sema_evaluate_output_picture(struct sema *sema, const struct ast_picture *declared,
                                                   struct shape shape) {
    struct picture *picture = ARENA_NEW(sema->graph->arena, struct picture);
    struct bound bound[ARGUMENT_COUNT] = {0};
    return read_picture(sema, declared, shape, MEAN, 2, bound, picture) ? picture : NULL;
}

static const char *const whole_picture = "a network that makes a picture has one input, a whole picture: from rgb(), "
                                         "gray() or bgr() without resize and crop";

void sema_check_output_picture(struct sema *sema) {
    const struct graph *graph = sema->graph;
    const struct graph_output *output = &graph->outputs.items[0];
    struct tiling_problem problem;
    bool is_made = false;
    for (size_t i = 0; i < graph->outputs.count; i++) is_made = is_made || graph->outputs.items[i].picture;
    if (!is_made) return;
    const struct node *input = graph->inputs.items[0];
    const struct picture *picture = graph->inputs.count == 1 ? input->as.input.picture : NULL;
    if (graph->outputs.count > 1)
        sema_error(sema, graph->outputs.items[1].origin->span, DIAG_PICTURE,
                   "a network that makes a picture has no other output");
    else if (!picture || picture->resize_height != input->shape.dims[1] ||
             picture->resize_width != input->shape.dims[2])
        sema_error(sema, input->origin->span, DIAG_PICTURE, "%s", whole_picture);
    else if (graph->batch != 1)
        sema_error(sema, output->origin->span, DIAG_PICTURE,
                   "a network that makes a picture runs one at a time, not batches of %lld", (long long)graph->batch);
    else if (!tiling_analyse(graph, &problem)) {
        sema_error(sema, problem.node->origin->span, DIAG_TILES,
                   "pictures of any size go through this network in tiles, and %s", problem.text);
        origin_note_callers(problem.node->origin, sema->diag);
    }
}
