/* pool.h - inside eval/: what pools and the squeeze of an SE block share. */
#ifndef SENC_EVAL_POOL_H
#define SENC_EVAL_POOL_H

#include <stdbool.h>
#include <stdint.h>

/* The larger of the largest so far and x. A NaN wins and stays, as in PyTorch. */
float pool_larger(float largest, float x);

/* Mean or largest of `count` numbers. */
float pool_map(const float *map, int64_t count, bool is_max);

#endif
