"""ResNet-50 and SE-ResNet-50 in plain PyTorch, named as torchvision names them."""
import torch
from torch import nn
from torch.nn import functional as F

import random_weights as rule

NORM_LOW_AND_WIDTH = {"weight": (0.6, 0.4), "running_var": (0.8, 0.4)}


class SqueezeExcite(nn.Module):
    def __init__(self, channels, reduction):
        super().__init__()
        self.fc1 = nn.Linear(channels, channels // reduction)
        self.fc2 = nn.Linear(channels // reduction, channels)

    def forward(self, x):
        gate = torch.sigmoid(self.fc2(F.relu(self.fc1(x.mean((2, 3))))))
        return x * gate[:, :, None, None]


class Bottleneck(nn.Module):
    def __init__(self, channels_in, width, stride, reduction):
        super().__init__()
        self.conv1 = nn.Conv2d(channels_in, width, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, stride, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.conv3 = nn.Conv2d(width, 4 * width, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(4 * width)
        self.se = SqueezeExcite(4 * width, reduction) if reduction else nn.Identity()
        self.downsample = nn.Identity()
        if stride != 1 or channels_in != 4 * width:
            self.downsample = nn.Sequential(nn.Conv2d(channels_in, 4 * width, 1, stride, bias=False),
                                            nn.BatchNorm2d(4 * width))

    def forward(self, x):
        u = F.relu(self.bn1(self.conv1(x)))
        u = F.relu(self.bn2(self.conv2(u)))
        u = self.se(self.bn3(self.conv3(u)))
        return F.relu(u + self.downsample(x))


class ResNet50(nn.Module):
    """`reduction` = 0: ResNet-50; 16: SE-ResNet-50."""

    def __init__(self, reduction=0):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        channels = 64
        for number, (width, depth) in enumerate(((64, 3), (128, 4), (256, 6), (512, 3)), 1):
            blocks = []
            for i in range(depth):
                blocks.append(Bottleneck(channels, width, 2 if number > 1 and i == 0 else 1, reduction))
                channels = 4 * width
            setattr(self, "layer%d" % number, nn.Sequential(*blocks))
        self.fc = nn.Linear(channels, 1000)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.bn1(self.conv1(x))), 3, 2, 1)
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return self.fc(x.mean((2, 3)))


def random_tensor(module, path, name, shape, seed):
    if isinstance(module, nn.BatchNorm2d):
        if name in ("weight", "running_var"):
            return rule.between(path, shape, seed, *NORM_LOW_AND_WIDTH[name])
        return rule.centred(path, shape, seed, 0.1)
    if name == "bias":
        return rule.centred(path, shape, seed, 0.1)
    return rule.weight(path, shape, seed, module.weight[0].numel())


def set_random_weights(model, seed):
    for prefix, module in model.named_modules():
        tensors = list(module.named_parameters(recurse=False)) + list(module.named_buffers(recurse=False))
        for name, tensor in tensors:
            if name != "num_batches_tracked":
                values = random_tensor(module, prefix + "." + name, name, tuple(tensor.shape), seed)
                tensor.data.copy_(torch.from_numpy(values))
    return model
