"""Writes the example networks' weights, inputs, reference outputs and ONNX files, from definitions that are not ours.

    python3 models.py [--dir DIR] [NAME...]

DIR (default: ./models) gets for each network NAME.safetensors, NAME.input.npy, NAME.output.npy (computed in float64)
and NAME.onnx. What is there already is left alone. Needs the packages of requirements-models.txt.

The definitions are torchvision's, timm's and pretrainedmodels'. Two networks of the SE paper are in none of them and are
made from those without SE: SE-VGG-16 and SE-Inception. Other names are timm's: zoo.py has some.
"""
import argparse
import collections
import functools
import os
import pathlib
import sys
import warnings
import zlib

import numpy as np

warnings.filterwarnings("ignore")
import torch  # noqa: E402 (after the filter)
from torch import nn  # noqa: E402

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "examples"))
import safetensors_io  # noqa: E402

RATIO = 1 / 16


def torchvision_model(name, **arguments):
    import torchvision.models
    return getattr(torchvision.models, name)(**arguments)


def timm_model(name, **arguments):
    import timm
    return timm.create_model(name, **arguments)


def se_module(channels):
    from timm.layers import SEModule
    return SEModule(channels, rd_ratio=RATIO, rd_divisor=1)


def seresnet18():
    """timm's, with the paper's ratio in the first stage too: 4 hidden units, where timm rounds up to 8."""
    from timm.layers import SEModule
    return timm_model("seresnet18", block_args={"attn_layer": functools.partial(SEModule, rd_ratio=RATIO, rd_divisor=1)})


def sevgg16():
    """vgg16_bn with an SE block behind each activation, in the activation's place so that the numbers stay."""
    model = torchvision_model("vgg16_bn")
    for i, layer in enumerate(model.features):
        if isinstance(layer, nn.ReLU):
            channels = model.features[i - 1].num_features
            model.features[i] = nn.Sequential(collections.OrderedDict(relu=nn.ReLU(), se=se_module(channels)))
    return model


def inception():
    from pretrainedmodels.models.bninception import bninception
    return bninception(pretrained=None)


def se_inception():
    """BN-Inception with an SE block behind each concatenation."""
    import torch.fx
    traced = torch.fx.symbolic_trace(inception())
    joins = [node for node in traced.graph.nodes if node.target is torch.cat]
    modules = ("3a", "3b", "3c", "4a", "4b", "4c", "4d", "4e", "5a", "5b")
    channels = (256, 320, 576, 576, 576, 608, 608, 1056, 1024, 1024)
    assert len(joins) == len(modules)
    for node, module, width in zip(joins, modules, channels):
        name = "inception_%s_se" % module
        traced.add_submodule(name, se_module(width))
        with traced.graph.inserting_after(node):
            gated = traced.graph.call_module(name, (node,))
        node.replace_all_uses_with(gated, delete_user_cb=lambda user, gated=gated: user is not gated)
    traced.recompile()
    return traced


NETWORKS = {
    "resnet18": lambda: torchvision_model("resnet18"),
    "seresnet18": seresnet18,
    "resnet50": lambda: torchvision_model("resnet50"),
    "seresnet50": lambda: timm_model("seresnet50"),
    "resnext50_32x4d": lambda: torchvision_model("resnext50_32x4d"),
    "seresnext50_32x4d": lambda: timm_model("seresnext50_32x4d"),
    "senet154": lambda: timm_model("senet154"),
    "vgg16": lambda: torchvision_model("vgg16"),
    "sevgg16": sevgg16,
    "inception": inception,
    "se_inception": se_inception,
    "mobilenet_v3_large": lambda: torchvision_model("mobilenet_v3_large"),
    "mobilenet_v3_small": lambda: torchvision_model("mobilenet_v3_small"),
    "efficientnet_b0": lambda: torchvision_model("efficientnet_b0"),
    "regnety_800mf": lambda: timm_model("regnety_008_tv"),
    "mnasnet_a1": lambda: timm_model("semnasnet_100"),
    "ghostnet": lambda: timm_model("ghostnet_100"),
    "lcnet_100": lambda: timm_model("lcnet_100"),
}


def pictures(count, generator):
    """Numbers as a normalised picture has them: smooth areas, some detail, mean 0, deviation about 1."""
    smooth = torch.randn(count, 3, 14, 14, generator=generator)
    smooth = nn.functional.interpolate(smooth, size=224, mode="bicubic")
    return smooth + 0.3 * torch.randn(count, 3, 224, 224, generator=generator)


def set_weights(model, generator):
    """Random weights like trained ones: batch normalisation's statistics are those of the data that reaches it, so that no
    activation dies out or grows without bound and no SE gate is stuck at 0 or 1; its factors are as small as trained
    ones (around 0.3), so that a residual branch adds to its shortcut and does not drown it."""
    for module in model.modules():
        if isinstance(module, (nn.Conv2d, nn.Linear)):
            fan_in = module.weight[0].numel()
            module.weight.data.normal_(0, (2 / fan_in) ** 0.5, generator=generator)
            if module.bias is not None:
                module.bias.data.normal_(0, 0.1, generator=generator)
        elif isinstance(module, nn.BatchNorm2d):
            module.weight.data.uniform_(0.1, 0.6, generator=generator)
            module.bias.data.normal_(0, 0.15, generator=generator)
            module.reset_running_stats()
            module.momentum = None
    model.eval()
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.train()
    with torch.no_grad():
        model(pictures(4, generator))
    model.eval()


def export_onnx(model, picture, path):
    part = path.with_suffix(".part")
    torch.onnx.export(model, (picture,), str(part), input_names=["image"], output_names=["logits"],
                      opset_version=17, dynamo=False)
    os.replace(part, path)


def write(name, folder):
    """Write what is missing of one network's files; the ONNX file, written last, says that all are there."""
    onnx_path = folder / (name + ".onnx")
    if onnx_path.exists():
        return
    torch.manual_seed(zlib.crc32(name.encode()))
    generator = torch.Generator().manual_seed(zlib.crc32(name.encode()))
    model = NETWORKS[name]() if name in NETWORKS else timm_model(name, exportable=True)
    set_weights(model, generator)
    picture = pictures(1, generator)
    tensors = {key: value.numpy() for key, value in model.state_dict().items() if not key.endswith("num_batches_tracked")}
    safetensors_io.save(folder / (name + ".safetensors"), tensors)
    np.save(folder / (name + ".input.npy"), picture[0].numpy())
    with torch.no_grad():
        export_onnx(model, picture, onnx_path)
        logits = model.double()(picture.double())
    np.save(folder / (name + ".output.npy"), logits.float().numpy())
    count = sum(parameter.numel() for parameter in model.parameters())
    print("%-20s %11d parameters" % (name, count), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dir", type=pathlib.Path, default=pathlib.Path("models"))
    parser.add_argument("names", nargs="*", metavar="NAME", help="default: all")
    arguments = parser.parse_args()
    unknown = set(arguments.names) - set(NETWORKS)
    if unknown:
        import timm
        unknown -= set(timm.list_models())
    if unknown:
        parser.error("unknown network: %s; known: %s, and timm's" % (", ".join(sorted(unknown)), ", ".join(NETWORKS)))
    arguments.dir.mkdir(parents=True, exist_ok=True)
    for name in arguments.names or NETWORKS:
        write(name, arguments.dir)


if __name__ == "__main__":
    main()
