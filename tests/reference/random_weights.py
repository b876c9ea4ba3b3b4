"""The numbers of `senc --weights random:SEED`; README.md says the rule in words."""
import math

import numpy as np

GOLDEN = 0x9E3779B97F4A7C15
MASK = (1 << 64) - 1


def fnv1a(name):
    value = 0xCBF29CE484222325
    for byte in name.encode():
        value = (value ^ byte) * 0x100000001B3 & MASK
    return value


def uniform(name, shape, seed):
    """Numbers u in [0, 1), multiples of 2^-24, in row-major order, as float64."""
    state = fnv1a(name) ^ (seed * GOLDEN & MASK)
    count = int(np.prod(shape))
    with np.errstate(over="ignore"):
        z = np.uint64(state) + np.arange(1, count + 1, dtype=np.uint64) * np.uint64(GOLDEN)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z = z ^ (z >> np.uint64(31))
    return ((z >> np.uint64(40)).astype(np.float64) * 2.0 ** -24).reshape(shape)


def weight(name, shape, seed, fan_in):
    return ((2 * uniform(name, shape, seed) - 1) * math.sqrt(6 / fan_in)).astype(np.float32)


def centred(name, shape, seed, limit):
    """Biases, batch norm's bias and running mean (limit 0.1); input pictures (limit 1)."""
    return ((2 * uniform(name, shape, seed) - 1) * limit).astype(np.float32)


def between(name, shape, seed, low, width):
    """Batch norm's weight and running variance, PReLU's slope."""
    return (low + width * uniform(name, shape, seed)).astype(np.float32)
