/* picture.c - how a picture becomes an input, or an output becomes a picture, as the language spells it. */
#include "item.h"

#include <string.h>

static void print_floats(struct text *text, const char *name, const float *values, int count) {
    bool is_same = true;
    for (int i = 1; i < count; i++) is_same = is_same && values[i] == values[0];
    text_format(text, ", %s = ", name);
    if (!is_same) text_add(text, "[");
    for (int i = 0; i < (is_same ? 1 : count); i++)
        text_format(text, "%s%s", i ? ", " : "", format_float(text->arena, values[i]));
    if (!is_same) text_add(text, "]");
}

/* Of inputs alone: the picture of an output has no size. */
static void print_size(struct text *text, const struct picture *picture) {
    const int64_t resize[2] = {picture->resize_height, picture->resize_width};
    const int64_t crop[2] = {picture->crop_height, picture->crop_width};
    if (!crop[0]) return;
    if (picture->is_filled)
        print_floats(text, "fill", &picture->fill, 1);
    else if (!resize[0])
        text_format(text, ", crop = %s", format_pair(text->arena, crop));
    else if (!resize[1])
        text_format(text, ", resize = %lld", (long long)resize[0]);
    else if (resize[0] != crop[0] || resize[1] != crop[1])
        text_format(text, ", resize = [%lld, %lld]", (long long)resize[0], (long long)resize[1]);
}

const char *picture_text(struct arena *arena, const struct picture *picture) {
    static const char *const colors[] = {[PICTURE_GRAY] = "gray", [PICTURE_RGB] = "rgb", [PICTURE_BGR] = "bgr"};
    static const float zeros[3] = {0, 0, 0}, ones[3] = {1, 1, 1};
    int channels = picture->color == PICTURE_GRAY ? 1 : 3;
    struct text arguments = text_create(arena);
    print_size(&arguments, picture);
    if (memcmp(picture->mean, zeros, (size_t)channels * sizeof(float)))
        print_floats(&arguments, "mean", picture->mean, channels);
    if (memcmp(picture->stddev, ones, (size_t)channels * sizeof(float)))
        print_floats(&arguments, "std", picture->stddev, channels);
    return arena_format(arena, "%s(%s)", colors[picture->color], arguments.length ? arguments.bytes + 2 : "");
}
