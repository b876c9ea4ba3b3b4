#!/usr/bin/env python3
"""Writes a network of torchvision or timm in both ways that senc takes: its state_dict, and ONNX.

    python3 export.py [--pretrained] [--folder DIR] NAME...       # resnet50, mobilenet_v3_small ...; timm/NAME for timm's

For each NAME: NAME.safetensors, the weights under PyTorch's names, which are those of ../NAME/NAME.sen; NAME.onnx;
NAME.input.npy, one picture of random numbers; NAME.output.npy, what PyTorch makes of it. Without --pretrained the weights
are random, and need no network. Needs torch, torchvision (or timm) and NumPy.
"""
import argparse
import inspect
import pathlib
import sys
import warnings

import numpy as np

warnings.filterwarnings("ignore")
import torch  # noqa: E402

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import safetensors_io  # noqa: E402


def make_model(name, pretrained):
    if name.startswith("timm/"):
        import timm
        return timm.create_model(name[5:], pretrained=pretrained)
    import torchvision.models
    return getattr(torchvision.models, name)(weights="DEFAULT" if pretrained else None)


def make_up_statistics(model):
    """Batch norms that have seen nothing do nothing; as if they had been trained, they are worth a comparison."""
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            torch.nn.init.uniform_(module.weight, 0.6, 1.0)
            torch.nn.init.uniform_(module.bias, -0.1, 0.1)
            torch.nn.init.uniform_(module.running_mean, -0.1, 0.1)
            torch.nn.init.uniform_(module.running_var, 0.8, 1.2)


def export(name, pretrained, folder):
    torch.manual_seed(0)
    model = make_model(name, pretrained)
    if not pretrained:
        make_up_statistics(model)
    model.eval()
    stem = folder / name.replace("timm/", "")
    # The state_dict as it is, but for the counters of batch norms, which are no float32 (senc ignores them anyway).
    weights = {key: value.numpy() for key, value in model.state_dict().items() if value.dtype == torch.float32}
    safetensors_io.save(f"{stem}.safetensors", weights)
    picture = torch.randn(1, 3, 224, 224)
    # The newer exporter, the default since 2.9, wants the package onnxscript; senc takes what either of them writes.
    older = {"dynamo": False} if "dynamo" in inspect.signature(torch.onnx.export).parameters else {}
    torch.onnx.export(model, picture, f"{stem}.onnx", opset_version=17, input_names=["image"], output_names=["logits"], **older)
    with torch.no_grad():
        answer = model(picture)
    np.save(f"{stem}.input.npy", picture[0].numpy())
    np.save(f"{stem}.output.npy", answer[0].numpy())
    print(f"{stem}: {sum(value.size for value in weights.values()):,} numbers")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--pretrained", action="store_true", help="with trained weights, which are downloaded")
    parser.add_argument("--folder", type=pathlib.Path, default=pathlib.Path("."))
    parser.add_argument("names", nargs="+", metavar="NAME")
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    for name in arguments.names:
        export(name, arguments.pretrained, arguments.folder)


if __name__ == "__main__":
    main()
