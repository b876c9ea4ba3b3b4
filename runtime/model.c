/* model.c - a model becomes a yes or a no: does this runtime, on this CPU, run it? */
#include "model.h"

#include <stdbool.h>
#include <stddef.h>

#if defined(__x86_64__) || defined(__i386__)
#include <cpuid.h>
#define HAVE_CPUID 1
#else
#define HAVE_CPUID 0
#endif

/* Where CPUID answers: EAX (and ECX) of the question, and the register of the answer. */
enum word { WORD_1_ECX, WORD_7_EBX, WORD_EXT1_ECX, WORD_COUNT };

/* Parts of XCR0 that the operating system must save for the registers to survive a context switch. */
enum { STATE_NONE = 0, STATE_YMM = 0x06, STATE_ZMM = 0xe6 };

/* In the order in which a lack is reported: the plainest first. Bits: Intel SDM vol. 2A, CPUID; LZCNT: AMD
 * APM vol. 3. */
static const struct feature {
    uint64_t bit;
    const char *name;
    enum word word;
    unsigned shift;
    unsigned state;
} features_known[] = {
    {SENRT_CPU_SSE3, "sse3", WORD_1_ECX, 0, STATE_NONE},
    {SENRT_CPU_SSSE3, "ssse3", WORD_1_ECX, 9, STATE_NONE},
    {SENRT_CPU_SSE41, "sse4.1", WORD_1_ECX, 19, STATE_NONE},
    {SENRT_CPU_SSE42, "sse4.2", WORD_1_ECX, 20, STATE_NONE},
    {SENRT_CPU_POPCNT, "popcnt", WORD_1_ECX, 23, STATE_NONE},
    {SENRT_CPU_AVX, "avx", WORD_1_ECX, 28, STATE_YMM},
    {SENRT_CPU_AVX2, "avx2", WORD_7_EBX, 5, STATE_YMM},
    {SENRT_CPU_FMA, "fma", WORD_1_ECX, 12, STATE_YMM},
    {SENRT_CPU_BMI, "bmi", WORD_7_EBX, 3, STATE_NONE},
    {SENRT_CPU_BMI2, "bmi2", WORD_7_EBX, 8, STATE_NONE},
    {SENRT_CPU_F16C, "f16c", WORD_1_ECX, 29, STATE_YMM},
    {SENRT_CPU_LZCNT, "lzcnt", WORD_EXT1_ECX, 5, STATE_NONE},
    {SENRT_CPU_MOVBE, "movbe", WORD_1_ECX, 22, STATE_NONE},
    {SENRT_CPU_AVX512F, "avx512f", WORD_7_EBX, 16, STATE_ZMM},
    {SENRT_CPU_AVX512BW, "avx512bw", WORD_7_EBX, 30, STATE_ZMM},
    {SENRT_CPU_AVX512CD, "avx512cd", WORD_7_EBX, 28, STATE_ZMM},
    {SENRT_CPU_AVX512DQ, "avx512dq", WORD_7_EBX, 17, STATE_ZMM},
    {SENRT_CPU_AVX512VL, "avx512vl", WORD_7_EBX, 31, STATE_ZMM},
};

#define FEATURE_COUNT (sizeof features_known / sizeof features_known[0])

struct cpu {
    unsigned words[WORD_COUNT];
    unsigned state; /* XCR0, or 0 when the operating system does not use XSAVE */
};

static void cpu_read(struct cpu *cpu) {
    *cpu = (struct cpu){0};
#if HAVE_CPUID
    unsigned eax, ebx, ecx, edx;
    if (__get_cpuid(1, &eax, &ebx, &ecx, &edx)) {
        cpu->words[WORD_1_ECX] = ecx;
        if (ecx >> 27 & 1) { /* OSXSAVE */
            unsigned low, high;
            __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
            cpu->state = low;
        }
    }
    if (__get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx)) cpu->words[WORD_7_EBX] = ebx;
    if (__get_cpuid(0x80000001U, &eax, &ebx, &ecx, &edx)) cpu->words[WORD_EXT1_ECX] = ecx;
#endif
}

static bool cpu_has(const struct cpu *cpu, const struct feature *feature) {
    return (cpu->words[feature->word] >> feature->shift & 1) &&
           (cpu->state & feature->state) == feature->state;
}

const char *senrt_feature_name(uint64_t feature) {
    for (size_t i = 0; i < FEATURE_COUNT; i++)
        if (features_known[i].bit == feature) return features_known[i].name;
    return NULL;
}

const char *senrt_missing_feature(uint64_t features) {
    struct cpu cpu;
    cpu_read(&cpu);
    for (size_t i = 0; i < FEATURE_COUNT; i++) {
        if (!(features & features_known[i].bit)) continue;
        if (!cpu_has(&cpu, &features_known[i])) return features_known[i].name;
        features &= ~features_known[i].bit;
    }
    return features ? "an instruction set unknown to this runtime" : NULL;
}

enum senrt_status senrt_model_check(const struct senrt_model *model) {
    if (!model) return SENRT_BAD_ARGUMENT;
    if (model->abi_version != SENRT_ABI_VERSION) return SENRT_BAD_ABI;
    if (!model->run || !model->batch) return SENRT_BAD_ARGUMENT;
    if ((model->input_count && !model->inputs) || (model->output_count && !model->outputs))
        return SENRT_BAD_ARGUMENT;
    return senrt_missing_feature(model->cpu_features) ? SENRT_BAD_CPU : SENRT_OK;
}
