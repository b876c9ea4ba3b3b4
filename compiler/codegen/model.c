/* model.c - what the runtime reads: the constant NAME_model, field by field as senrt_abi.h lists them. */
#include "unit.h"

#include "../../runtime/senrt_abi.h"
#include "../graph/tiling.h"

#include <string.h>

struct emitter {
    struct unit *unit;
    LLVMTypeRef i8;
};

static LLVMValueRef number(struct emitter *emitter, uint64_t value) {
    return LLVMConstInt(emitter->unit->i64, value, 0);
}

static LLVMValueRef null_pointer(struct emitter *emitter) {
    return LLVMConstNull(emitter->unit->pointer);
}

/* A private constant; its address. */
static LLVMValueRef constant(struct emitter *emitter, LLVMValueRef value, unsigned alignment) {
    LLVMValueRef global = LLVMAddGlobal(emitter->unit->module, LLVMTypeOf(value), "");
    LLVMSetInitializer(global, value);
    LLVMSetGlobalConstant(global, 1);
    LLVMSetLinkage(global, LLVMPrivateLinkage);
    LLVMSetAlignment(global, alignment);
    return global;
}

static LLVMValueRef string(struct emitter *emitter, const char *text) {
    return constant(emitter, LLVMConstStringInContext2(emitter->unit->context, text, strlen(text), 0), 1);
}

static LLVMValueRef floats(struct emitter *emitter, const float *values, unsigned count) {
    LLVMValueRef items[3];
    for (unsigned i = 0; i < count; i++) items[i] = LLVMConstReal(emitter->unit->f32, (double)values[i]);
    return constant(emitter, LLVMConstArray2(emitter->unit->f32, items, count), 4);
}

/* A structure from its fields in the order of the list. */
#define FIELD_U64(name) number(emitter, fields.name),
#define FIELD_PTR(type, name) fields.name,
#define DECLARE_U64(name) uint64_t name;
#define DECLARE_PTR(type, name) LLVMValueRef name;

struct picture_fields {
    SENRT_PICTURE_FIELDS(DECLARE_U64, DECLARE_PTR)
};
struct tensor_fields {
    SENRT_TENSOR_FIELDS(DECLARE_U64, DECLARE_PTR)
};
struct axis_fields {
    SENRT_AXIS_FIELDS(DECLARE_U64, DECLARE_PTR)
};
struct squeeze_fields {
    SENRT_SQUEEZE_FIELDS(DECLARE_U64, DECLARE_PTR)
};
struct tiling_fields {
    SENRT_TILING_FIELDS(DECLARE_U64, DECLARE_PTR)
};
struct model_fields {
    SENRT_MODEL_FIELDS(DECLARE_U64, DECLARE_PTR)
};

static LLVMValueRef picture_constant(struct emitter *emitter, const struct picture *picture) {
    if (!picture) return null_pointer(emitter);
    unsigned channels = picture->color == PICTURE_GRAY ? 1 : 3;
    const float fill[3] = {picture->fill, picture->fill, picture->fill};
    struct picture_fields fields = {.color = (uint64_t)picture->color,
                                    .resize_height = (uint64_t)picture->resize_height,
                                    .resize_width = (uint64_t)picture->resize_width,
                                    .crop_height = (uint64_t)picture->crop_height,
                                    .crop_width = (uint64_t)picture->crop_width,
                                    .mean = floats(emitter, picture->mean, channels),
                                    .stddev = floats(emitter, picture->stddev, channels),
                                    .fill = picture->is_filled ? floats(emitter, fill, channels)
                                                               : null_pointer(emitter)};
    LLVMValueRef values[] = {SENRT_PICTURE_FIELDS(FIELD_U64, FIELD_PTR)};
    return constant(emitter,
                    LLVMConstStructInContext(emitter->unit->context, values, sizeof values / sizeof *values, 0), 8);
}

static LLVMValueRef tensor_constant(struct emitter *emitter, const char *name, struct shape shape,
                                    const struct picture *picture) {
    struct tensor_fields fields = {.name = string(emitter, name),
                                   .rank = (uint64_t)shape.rank,
                                   .dim0 = (uint64_t)shape.dims[0],
                                   .dim1 = (uint64_t)shape.dims[1],
                                   .dim2 = (uint64_t)shape.dims[2],
                                   .dim3 = (uint64_t)shape.dims[3],
                                   .element_count = (uint64_t)shape_element_count(shape),
                                   .picture = picture_constant(emitter, picture)};
    LLVMValueRef values[] = {SENRT_TENSOR_FIELDS(FIELD_U64, FIELD_PTR)};
    return LLVMConstStructInContext(emitter->unit->context, values, sizeof values / sizeof *values, 0);
}

static LLVMValueRef array(struct emitter *emitter, LLVMValueRef *items, size_t count) {
    if (!count) return null_pointer(emitter);
    return constant(emitter, LLVMConstArray2(LLVMTypeOf(items[0]), items, count), 8);
}

static LLVMValueRef inputs_constant(struct emitter *emitter, const struct graph *graph) {
    LLVMValueRef *items = ARENA_NEW_ARRAY(emitter->unit->arena, LLVMValueRef, graph->inputs.count + 1);
    for (size_t i = 0; i < graph->inputs.count; i++) {
        const struct node *node = graph->inputs.items[i];
        items[i] = tensor_constant(emitter, node->as.input.name, node->shape, node->as.input.picture);
    }
    return array(emitter, items, graph->inputs.count);
}

static LLVMValueRef outputs_constant(struct emitter *emitter, const struct graph *graph) {
    LLVMValueRef *items = ARENA_NEW_ARRAY(emitter->unit->arena, LLVMValueRef, graph->outputs.count + 1);
    for (size_t i = 0; i < graph->outputs.count; i++)
        items[i] = tensor_constant(emitter, graph->outputs.items[i].name, graph->outputs.items[i].node->shape,
                                   graph->outputs.items[i].picture);
    return array(emitter, items, graph->outputs.count);
}

static LLVMValueRef axes_constant(struct emitter *emitter, const struct tile_axis axes[2]) {
    LLVMValueRef items[2];
    for (int i = 0; i < 2; i++) {
        struct axis_fields fields = {.extent = (uint64_t)axes[i].extent,
                                     .pixels = (uint64_t)axes[i].pixels,
                                     .positions = (uint64_t)axes[i].positions,
                                     .begin = (uint64_t)axes[i].begin,
                                     .end = (uint64_t)axes[i].end};
        LLVMValueRef values[] = {SENRT_AXIS_FIELDS(FIELD_U64, FIELD_PTR)};
        items[i] = LLVMConstStructInContext(emitter->unit->context, values, sizeof values / sizeof *values, 0);
    }
    return array(emitter, items, 2);
}

static LLVMValueRef squeezes_constant(struct emitter *emitter, const struct tiling *tiling) {
    LLVMValueRef *items = ARENA_NEW_ARRAY(emitter->unit->arena, LLVMValueRef, tiling->meetings.count + 1);
    for (size_t i = 0; i < tiling->meetings.count; i++) {
        const struct tile_meeting *meeting = &tiling->meetings.items[i];
        struct squeeze_fields fields = {.phase = (uint64_t)meeting->phase,
                                        .is_max = meeting->node->as.meet.is_max,
                                        .channels = (uint64_t)meeting->channels,
                                        .axes = axes_constant(emitter, meeting->axes)};
        LLVMValueRef values[] = {SENRT_SQUEEZE_FIELDS(FIELD_U64, FIELD_PTR)};
        items[i] = LLVMConstStructInContext(emitter->unit->context, values, sizeof values / sizeof *values, 0);
    }
    return array(emitter, items, tiling->meetings.count);
}

static LLVMValueRef tiling_constant(struct emitter *emitter, const struct tiling *tiling) {
    if (!tiling) return null_pointer(emitter);
    struct tiling_fields fields = {.phase_count = (uint64_t)tiling->phase_count,
                                   .squeeze_count = tiling->meetings.count,
                                   .squeezes = squeezes_constant(emitter, tiling),
                                   .align_rows = (uint64_t)tiling->align[0],
                                   .align_columns = (uint64_t)tiling->align[1],
                                   .margin_rows = (uint64_t)tiling->margin[0],
                                   .margin_columns = (uint64_t)tiling->margin[1],
                                   .output = axes_constant(emitter, tiling->output)};
    LLVMValueRef values[] = {SENRT_TILING_FIELDS(FIELD_U64, FIELD_PTR)};
    return constant(emitter,
                    LLVMConstStructInContext(emitter->unit->context, values, sizeof values / sizeof *values, 0), 8);
}

static LLVMValueRef labels_constant(struct emitter *emitter, const struct graph *graph) {
    LLVMValueRef *items = ARENA_NEW_ARRAY(emitter->unit->arena, LLVMValueRef, graph->labels.count + 1);
    for (size_t i = 0; i < graph->labels.count; i++) items[i] = string(emitter, graph->labels.items[i]);
    return array(emitter, items, graph->labels.count);
}

const char *codegen_weights_symbol(struct arena *arena, const struct plan *plan) {
    return arena_format(arena, "%s_weights", plan->graph->name);
}

/* The packed weights, an object of their own: a hundred megabytes are too much for an LLVM constant. */
static LLVMValueRef weights_symbol(struct emitter *emitter) {
    struct unit *unit = emitter->unit;
    const char *name = codegen_weights_symbol(unit->arena, unit->plan);
    LLVMValueRef symbol = LLVMAddGlobal(unit->module, emitter->i8, name);
    LLVMSetGlobalConstant(symbol, 1);
    LLVMSetAlignment(symbol, SENRT_ALIGNMENT);
    return symbol;
}

static void emit_main(struct unit *unit, LLVMValueRef model) {
    LLVMTypeRef parameters[] = {unit->pointer, unit->i32, unit->pointer};
    LLVMTypeRef run_type = LLVMFunctionType(unit->i32, parameters, 3, 0);
    LLVMTypeRef main_type = LLVMFunctionType(unit->i32, parameters + 1, 2, 0);
    LLVMValueRef run = LLVMAddFunction(unit->module, "senrt_main", run_type);
    LLVMValueRef function = LLVMAddFunction(unit->module, "main", main_type);
    LLVMBuilderRef builder = LLVMCreateBuilderInContext(unit->context);
    LLVMPositionBuilderAtEnd(builder, LLVMAppendBasicBlockInContext(unit->context, function, ""));
    LLVMValueRef arguments[] = {model, LLVMGetParam(function, 0), LLVMGetParam(function, 1)};
    LLVMBuildRet(builder, LLVMBuildCall2(builder, run_type, run, arguments, 3, ""));
    LLVMDisposeBuilder(builder);
}

void emit_model(struct unit *unit, LLVMValueRef run, const struct codegen_options *options) {
    struct emitter self = {unit, LLVMInt8TypeInContext(unit->context)}, *emitter = &self;
    const struct plan *plan = unit->plan;
    const struct graph *graph = plan->graph;
    struct model_fields fields = {.abi_version = SENRT_ABI_VERSION,
                                  .name = string(emitter, graph->name),
                                  .compiler = string(emitter, "senc " SENC_VERSION),
                                  .target = string(emitter, plan->target->name),
                                  .cpu_features = plan->target->features,
                                  .batch = (uint64_t)graph->batch,
                                  .input_count = graph->inputs.count,
                                  .inputs = inputs_constant(emitter, graph),
                                  .output_count = graph->outputs.count,
                                  .outputs = outputs_constant(emitter, graph),
                                  .label_count = graph->labels.count,
                                  .labels = labels_constant(emitter, graph),
                                  .arena_bytes = (uint64_t)plan->arena_bytes,
                                  .weight_bytes = (uint64_t)plan->weight_bytes,
                                  .weights = weights_symbol(emitter),
                                  .parameter_count = (uint64_t)graph->parameter_count,
                                  .mac_count = (uint64_t)graph->mac_count,
                                  .step_count = plan->steps.count,
                                  .tiling = tiling_constant(emitter, graph->tiling),
                                  .run = run};
    LLVMValueRef values[] = {SENRT_MODEL_FIELDS(FIELD_U64, FIELD_PTR)};
    LLVMValueRef value = LLVMConstStructInContext(unit->context, values, sizeof values / sizeof *values, 0);
    LLVMValueRef model =
        LLVMAddGlobal(unit->module, LLVMTypeOf(value), arena_format(unit->arena, "%s_model", graph->name));
    LLVMSetInitializer(model, value);
    LLVMSetGlobalConstant(model, 1);
    LLVMSetAlignment(model, 8);
    if (options->with_main) emit_main(unit, model);
}
