"""The small SE-ResNet that se.sen and plain.sen describe, in PyTorch, with the same names of weights."""
import torch
from torch import nn
from torch.nn import functional as F

MEAN, STD = 0.2860, 0.3530


class SqueezeExcite(nn.Module):
    def __init__(self, channels, reduction):
        super().__init__()
        self.fc1 = nn.Linear(channels, channels // reduction)
        self.fc2 = nn.Linear(channels // reduction, channels)

    def forward(self, x):
        gate = torch.sigmoid(self.fc2(F.relu(self.fc1(x.mean((2, 3))))))
        return x * gate[:, :, None, None]


class BasicBlock(nn.Module):
    def __init__(self, channels_in, width, stride, reduction):
        super().__init__()
        self.conv1 = nn.Conv2d(channels_in, width, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.se = SqueezeExcite(width, reduction) if reduction else nn.Identity()
        self.downsample = nn.Identity()
        if stride != 1 or channels_in != width:
            self.downsample = nn.Sequential(nn.Conv2d(channels_in, width, 1, stride, bias=False),
                                            nn.BatchNorm2d(width))

    def forward(self, x):
        u = F.relu(self.bn1(self.conv1(x)))
        u = self.se(self.bn2(self.conv2(u)))
        return F.relu(u + self.downsample(x))


class SmallResNet(nn.Module):
    """`reduction` = 0 leaves the SE blocks out."""

    def __init__(self, reduction):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 16, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(16)
        self.layer1 = nn.Sequential(BasicBlock(16, 24, 2, reduction))
        self.layer2 = nn.Sequential(BasicBlock(24, 48, 2, reduction))
        self.layer3 = nn.Sequential(BasicBlock(48, 96, 2, reduction))
        self.fc = nn.Linear(96, 10)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        x = self.layer3(self.layer2(self.layer1(x)))
        return self.fc(x.mean((2, 3)))


def count_parameters(model):
    return sum(parameter.numel() for parameter in model.parameters())


def count_multiply_accumulates(model):
    """Multiply-accumulates of the convolutions and linear layers for one picture."""
    total = 0

    def add(module, inputs, output):
        nonlocal total
        total += module.weight.numel() * (output.shape[2] * output.shape[3] if output.dim() == 4 else 1)

    hooks = [module.register_forward_hook(add) for module in model.modules()
             if isinstance(module, (nn.Conv2d, nn.Linear))]
    was_training = model.training
    with torch.no_grad():
        model.eval()(torch.zeros(1, 1, 28, 28))
    model.train(was_training)
    for hook in hooks:
        hook.remove()
    return total
