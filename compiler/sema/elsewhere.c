/* elsewhere.c - what layers are called in other frameworks, for the notes of errors. */
#include "elaborate.h"
#include "layer.h"

#include <ctype.h>
#include <string.h>

static const struct {
    const char *elsewhere; /* as plain_name makes it */
    const char *here;
} names[] = {
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

bool sema_note_elsewhere(struct sema *sema, const char *name) {
    const char *plain = plain_name(sema->arena, name), *here = NULL;
    struct name_list layers = {0};
    layer_add_names(sema->arena, &layers);
    for (size_t i = 0; i < layers.count; i++)
        if (!strcmp(plain, plain_name(sema->arena, layers.items[i]))) here = layers.items[i];
    for (size_t i = 0; i < sizeof names / sizeof names[0] && !here; i++)
        if (!strcmp(plain, names[i].elsewhere)) here = names[i].here;
    if (here) diag_note(sema->diag, SPAN_NONE, "did you mean '%s'?", here);
    return here;
}
