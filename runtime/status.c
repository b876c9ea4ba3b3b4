/* status.c - a status code becomes a sentence. */
#include "senrt.h"

const char *senrt_status_text(enum senrt_status status) {
    switch (status) {
    case SENRT_OK:
        return "no error";
    case SENRT_NO_MEMORY:
        return "not enough memory";
    case SENRT_BAD_ABI:
        return "the model was compiled for another version of the runtime";
    case SENRT_BAD_CPU:
        return "this CPU lacks an instruction set that the model needs";
    case SENRT_BAD_ARGUMENT:
        return "an argument is NULL or out of range";
    case SENRT_NO_THREAD:
        return "the system refused to start a thread";
    }
    return "an unknown status code";
}
