/* target.c - a name, or this machine, becomes a row of target.def. */
#include "target.h"

#include "../../runtime/senrt_abi.h"

#include <cpuid.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

enum {
#define LEVEL(id, name, features) FEATURES_##id = (features),
#include "target.def"
#undef LEVEL
};

#define LEVEL(id, name, features) static const char level_##id[] = name;
#include "target.def"
#undef LEVEL

static const struct target targets[] = {
#define TARGET(name, level, tuning, bytes, registers, chains, l1, l2, l3, l3_rate, memory)                             \
    {name, level_##level, tuning, FEATURES_##level, bytes, registers, chains, (l1)*1024, (l2)*1024, (l3)*1024, l3_rate, memory},
#include "target.def"
#undef TARGET
};

enum { TARGET_COUNT = sizeof targets / sizeof *targets };

const char *const *target_names(int *out_count) {
    static const char *const names[] = {"native",
#define TARGET(name, level, tuning, bytes, registers, chains, l1, l2, l3, l3_rate, memory) name,
#include "target.def"
#undef TARGET
    };
    *out_count = TARGET_COUNT + 1;
    return names;
}

static const struct target *find_row(const char *name) {
    for (int i = 0; i < TARGET_COUNT; i++)
        if (strcmp(targets[i].name, name) == 0) return &targets[i];
    return NULL;
}

/* CPUID leaf 1: family and model as the vendors' manuals compute them. */
static void read_model(unsigned *out_family, unsigned *out_model) {
    unsigned eax = 0, ebx, ecx, edx;
    __get_cpuid(1, &eax, &ebx, &ecx, &edx);
    unsigned family = eax >> 8 & 15, model = eax >> 4 & 15;
    if (family == 6 || family == 15) model |= eax >> 12 & 0xf0;
    if (family == 15) family += eax >> 20 & 255;
    *out_family = family;
    *out_model = model;
}

/* AMD by family and model; a machine may hide AVX-512 from its guests. */
static const char *amd_name(unsigned family, unsigned model, bool has_v4) {
    if (family == 0x17) return model < 0x30 ? "znver1" : "znver2";
    if (has_v4) return family >= 0x1a ? "znver5" : "znver4";
    return "znver3";
}

static const char *intel_name(bool has_v4) {
    unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
    if (!has_v4) return __builtin_cpu_is("haswell") || __builtin_cpu_is("broadwell") ? "haswell"
                        : __builtin_cpu_is("alderlake")                                ? "alderlake"
                                                                                       : "skylake";
    if (__get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) && edx >> 22 & 1) return "sapphirerapids"; /* AMX-BF16 */
    return ecx >> 11 & 1 ? "icelake-server" : "skylake-avx512";                                     /* VNNI */
}

static const struct target *find_native(void) {
    unsigned family, model;
    __builtin_cpu_init();
    bool has_v3 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi2");
    bool has_v4 = has_v3 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
                  __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
                  __builtin_cpu_supports("avx512cd");
    if (!has_v3) return find_row("x86-64-v2");
    read_model(&family, &model);
    if (__builtin_cpu_is("amd") && family >= 0x17) return find_row(amd_name(family, model, has_v4));
    if (__builtin_cpu_is("intel")) return find_row(intel_name(has_v4));
    return find_row(has_v4 ? "x86-64-v4" : "x86-64-v3");
}

const struct target *target_find(const char *name) {
    return strcmp(name, "native") == 0 ? find_native() : find_row(name);
}
