/* origin.c - where a node was written becomes notes of a diagnostic. */
#include "graph.h"

void origin_note_callers(const struct origin *origin, struct diag *diag) {
    if (origin && origin->imported) diag_note(diag, SPAN_NONE, "it comes from %s", origin->imported);
    for (; origin && origin->caller; origin = origin->caller)
        diag_note(diag, origin->caller->span, "in block '%s' called", origin->block);
}
