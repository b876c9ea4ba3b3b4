/* print.h - what the text (--emit=graph) and the picture (--emit=dot) of a graph share, and others that write of it. */
#ifndef SENC_GRAPH_PRINT_H
#define SENC_GRAPH_PRINT_H

#include "graph.h"

/* Does a node stand on its own? Named parameters and single numbers are written where they are used. */
bool print_has_line(const struct node *node);

/* "%12", "layer1.0.conv1.weight" or "0.5". */
void print_operand(struct text *text, const struct node *node);

/* "conv", "relu", ... */
const char *print_operation(const struct node *node);

/* " kernel 3x3 stride 2 pad 1": what is not usual. */
void print_attributes(struct text *text, const struct node *node);

/* "rgb resize 256 crop 224x224 mean [0, 0, 0] std [1, 1, 1]" */
void print_input_picture(struct text *text, const struct picture *picture);

/* "rgb mean [0, 0, 0] std [1, 1, 1]" */
void print_output_picture(struct text *text, const struct picture *picture);

/* "f32[64, 56, 56]" */
void print_type(struct text *text, struct shape shape);

/* The fewest digits that read back as the same float. */
void print_float(struct text *text, float value);

#endif
