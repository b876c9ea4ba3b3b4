/* fake_network.c - `fake_network NETWORK ARGUMENT...` becomes the command line of that hand-written network.
 */
#include "fake_model.h"

#include "runtime/main/senrt_main.h"

#include <stdio.h>
#include <string.h>

int main(int argc, char **argv) {
    static const struct senrt_model *const models[] = {&fake_gray_model,   &fake_batch_model,
                                                       &fake_rgb_model,    &fake_pair_model,
                                                       &fake_future_model, &fake_foreign_model,
                                                       &fake_picture_model, &fake_mask_model,
                                                       &fake_paint_model};
    for (size_t i = 0; argc > 1 && i < sizeof models / sizeof models[0]; i++)
        if (!strcmp(argv[1], models[i]->name)) return senrt_main(models[i], argc - 1, argv + 1);
    fprintf(stderr, "Usage: %s gray|batch|rgb|pair|future|foreign|picture|mask|paint ARGUMENT...\n",
            argc ? argv[0] : "fake_network");
    return 70;
}
