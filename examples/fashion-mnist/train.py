#!/usr/bin/env python3
"""Trains the small (SE-)ResNet on Fashion-MNIST and writes its weights as .safetensors.

Wants PyTorch and the IDX files of Fashion-MNIST (Debian: python3-torch, dataset-fashion-mnist).
"""
import argparse
import copy
import gzip
import json
import math
import os
import sys
import time

import numpy as np
import torch
from torch.nn import functional as F

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import safetensors_io
from model import MEAN, STD, SmallResNet, count_multiply_accumulates, count_parameters


def read_idx(path):
    with gzip.open(path) as file:
        data = file.read()
    rank = data[3]
    shape = np.frombuffer(data, ">i4", rank, 4)
    return np.frombuffer(data, np.uint8, offset=4 + 4 * rank).reshape(shape)


def load_split(folder, split):
    images = read_idx(os.path.join(folder, split + "-images-idx3-ubyte.gz"))
    labels = read_idx(os.path.join(folder, split + "-labels-idx1-ubyte.gz"))
    return images, torch.from_numpy(labels.astype(np.int64))


def normalise(images):
    """uint8 [N, 28, 28] to the network's float32 [N, 1, 28, 28]."""
    scaled = (images.astype(np.float32) / np.float32(255) - np.float32(MEAN)) / np.float32(STD)
    return torch.from_numpy(scaled[:, None])


def augment(padded, index, pad, random):
    """Shift by up to `pad` pixels and flip half of the pictures."""
    count, span = len(index), np.arange(28)
    rows = random.integers(0, 2 * pad + 1, (count, 1)) + span
    columns = random.integers(0, 2 * pad + 1, (count, 1)) + span
    flip = random.random(count) < 0.5
    columns[flip] = columns[flip, ::-1]
    return padded[index[:, None, None], rows[:, :, None], columns[:, None, :]]


def learning_rate(step, steps, peak):
    """Linear warm-up over the first fifth, then a cosine down to nothing."""
    warm = 0.2 * steps
    if step < warm:
        return peak * (0.05 + 0.95 * step / warm)
    return peak * 0.5 * (1 + math.cos(math.pi * (step - warm) / (steps - warm)))


def progress(text, done, total):
    if sys.stderr.isatty():
        filled = 30 * done // total
        print("\r%s [%s%s] %d/%d " % (text, "#" * filled, "." * (30 - filled), done, total),
              end="\n" if done == total else "", file=sys.stderr, flush=True)


def update_average(average, model, decay):
    with torch.no_grad():
        for mean, value in zip(average.state_dict().values(), model.state_dict().values()):
            if mean.dtype.is_floating_point:
                mean.mul_(decay).add_(value, alpha=1 - decay)
            else:
                mean.copy_(value)


def predict(model, images):
    model.eval()
    with torch.no_grad():
        return torch.cat([model(batch) for batch in images.split(500)])


def count_correct(model, images, labels):
    return int((predict(model, images).argmax(1) == labels).sum())


def train(model, images, labels, options):
    """Train in place; the result is the running average of the weights."""
    random = np.random.default_rng(options.seed)
    padded = np.pad(images, ((0, 0), (options.pad, options.pad), (options.pad, options.pad)))
    decayed = [p for p in model.parameters() if p.dim() > 1]
    others = [p for p in model.parameters() if p.dim() == 1]
    optimiser = torch.optim.SGD([{"params": decayed, "weight_decay": options.weight_decay},
                                 {"params": others, "weight_decay": 0}],
                                lr=options.lr, momentum=0.9, nesterov=True)
    per_epoch = len(images) // options.batch
    steps, step = per_epoch * options.epochs, 0
    average = copy.deepcopy(model)
    for epoch in range(options.epochs):
        model.train()
        order, total_loss, start = random.permutation(len(images)), 0.0, time.time()
        for i in range(per_epoch):
            index = order[i * options.batch:(i + 1) * options.batch]
            x = normalise(augment(padded, index, options.pad, random))
            x = x.contiguous(memory_format=torch.channels_last)
            for group in optimiser.param_groups:
                group["lr"] = learning_rate(step, steps, options.lr)
            loss = F.cross_entropy(model(x), labels[index], label_smoothing=options.smoothing)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            update_average(average, model, min(options.average, (1 + step) / (10 + step)))
            total_loss += loss.item()
            step += 1
            progress("epoch %d/%d" % (epoch + 1, options.epochs), i + 1, per_epoch)
        print("epoch %2d  loss %.4f  %.0f s" % (epoch + 1, total_loss / per_epoch, time.time() - start), flush=True)
        if options.verbose:
            test_images, test_labels = load_split(options.data, "t10k")
            print("          test %d" % count_correct(average, normalise(test_images), test_labels), flush=True)
    model.load_state_dict(average.state_dict())


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("output", help="the .safetensors file to write")
    parser.add_argument("--r", type=int, default=8, help="reduction ratio of the SE blocks; 0: no SE (default 8)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--epochs", type=int, default=14)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--lr", type=float, default=0.1, help="highest learning rate")
    parser.add_argument("--weight-decay", type=float, default=5e-4)
    parser.add_argument("--smoothing", type=float, default=0.1, help="label smoothing")
    parser.add_argument("--pad", type=int, default=1, help="largest random shift in pixels")
    parser.add_argument("--average", type=float, default=0.995, help="decay of the running average of the weights")
    parser.add_argument("--threads", type=int, default=0, help="0: as many as PyTorch likes")
    parser.add_argument("--data", default="/usr/share/datasets/fashion-mnist")
    parser.add_argument("--verbose", action="store_true", help="test after each epoch")
    return parser.parse_args()


def main():
    options = parse_options()
    if options.threads:
        torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    start = time.time()
    model = SmallResNet(options.r).to(memory_format=torch.channels_last)
    images, labels = load_split(options.data, "train")
    train(model, images, labels, options)
    test_images, test_labels = load_split(options.data, "t10k")
    correct = count_correct(model, normalise(test_images), test_labels)
    safetensors_io.save(options.output, {name: value.numpy() for name, value in model.state_dict().items()
                                         if not name.endswith("num_batches_tracked")})
    print(json.dumps({"r": options.r, "seed": options.seed, "correct": correct, "of": len(test_labels),
                      "parameters": count_parameters(model), "macs": count_multiply_accumulates(model),
                      "seconds": round(time.time() - start)}))


if __name__ == "__main__":
    main()
