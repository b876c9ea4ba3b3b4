/* elsewhere.c - what layers, and words in their arguments, are called in other frameworks, for the notes of errors. */
#include "elaborate.h"
#include "layer.h"

#include <ctype.h>
#include <string.h>

struct translation {
    const char *elsewhere; /* as plain_name makes it */
    const char *here;
};

static const struct translation names[] = {
    {"adaptiveavgpool", "avgpool(global)"}, {"adaptivemaxpool", "maxpool(global)"}, {"averagepool", "avgpool"},
    {"averagepooling", "avgpool"},          {"avgpooling", "avgpool"},              {"cat", "concat"},
    {"concatenate", "concat"},              {"deconv", "conv_transpose"},           {"dense", "linear"},
    {"depthwiseconv", "depthwise"},         {"dwconv", "depthwise"},                {"fc", "linear"},
    {"fullyconnected", "linear"},           {"gap", "avgpool(global)"},             {"gemm", "linear"},
    {"globalaveragepool", "avgpool(global)"}, {"globalavgpool", "avgpool(global)"}, {"globalmaxpool", "maxpool(global)"},
    {"interpolate", "resize"},              {"maxpooling", "maxpool"},              {"permute", "transpose"},
    {"squeezeexcite", "se"},                {"squeezeexcitation", "se"},            {"swish", "silu"},
    {"transposeconv", "conv_transpose"},    {"view", "flatten' or 'reshape([...])"}, {"zeropad", "pad"},
};

static const struct translation words[] = {
    {"average", "avg"}, {"cubic", "bicubic"}, {"linear", "bilinear"},
    {"maximum", "max"}, {"mean", "avg"},      {"swish", "silu"},
};

/* "AvgPool2d", "avg_pool" -> "avgpool" */
static const char *plain_name(struct arena *arena, const char *name) {
    size_t length = strlen(name), count = 0;
    char *plain = arena_copy_bytes(arena, name, length);
    if (length > 2 && isdigit((unsigned char)name[length - 2]) && tolower((unsigned char)name[length - 1]) == 'd') length -= 2;
    for (size_t i = 0; i < length; i++)
        if (name[i] != '_') plain[count++] = (char)tolower((unsigned char)name[i]);
    plain[count] = 0;
    return plain;
}

static const char *find_layer(struct arena *arena, const char *plain) {
    struct name_list layers = {0};
    layer_add_names(arena, &layers);
    for (size_t i = 0; i < layers.count; i++)
        if (!strcmp(plain, plain_name(arena, layers.items[i]))) return layers.items[i];
    return NULL;
}

static const char *translate(const struct translation *list, size_t count, const char *plain) {
    for (size_t i = 0; i < count; i++)
        if (!strcmp(plain, list[i].elsewhere)) return list[i].here;
    return NULL;
}

bool sema_note_elsewhere(struct sema *sema, const char *name) {
    const char *plain = plain_name(sema->arena, name), *here = find_layer(sema->arena, plain);
    if (!here) here = translate(names, sizeof names / sizeof names[0], plain);
    if (here) diag_note(sema->diag, SPAN_NONE, "did you mean '%s'?", here);
    return here;
}

const char *sema_word_elsewhere(const struct sema *sema, const char *word) {
    const char *plain = plain_name(sema->arena, word), *here = translate(words, sizeof words / sizeof words[0], plain);
    return here ? here : find_layer(sema->arena, plain);
}
