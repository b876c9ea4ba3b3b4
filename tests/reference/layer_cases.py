"""One small network a layer: name, shape of the input, the chain as .sen text, and the same in PyTorch.

The function gets the input x [1, C, H, W] (or [1, C]) and w(name, *shape), which makes a weight and remembers it.
"""
import torch
from torch.nn import functional as F


def conv(x, w, out, kernel, name="conv", bias=False, groups=1, **options):
    kernel = kernel if isinstance(kernel, tuple) else (kernel, kernel)
    weight = w(name + ".weight", out, x.shape[1] // groups, *kernel)
    return F.conv2d(x, weight, w(name + ".bias", out) if bias else None, groups=groups, **options)


def conv_padded(x, w, edges, out, kernel, **options):
    """edges: top, left, bottom, right; PyTorch's own padding is symmetric."""
    top, left, bottom, right = edges
    return conv(F.pad(x, (left, right, top, bottom)), w, out, kernel, **options)


def conv_transpose(x, w, out, kernel, bias=False, groups=1, **options):
    weight = w("up.weight", x.shape[1], out // groups, kernel, kernel)
    return F.conv_transpose2d(x, weight, w("up.bias", out) if bias else None, groups=groups, **options)


def linear(x, w, out, name="fc", bias=True):
    x = x.flatten(1)
    return F.linear(x, w(name + ".weight", out, x.shape[1]), w(name + ".bias", out) if bias else None)


def batch_norm(x, w, name="bn", eps=1e-5):
    count = x.shape[1]
    mean, variance = w(name + ".running_mean", count), w(name + ".running_var", count, positive=True)
    return F.batch_norm(x, mean, variance, w(name + ".weight", count), w(name + ".bias", count), eps=eps)


def gate_by_hand(x, w, hidden, squeeze="avg", act=F.relu, gate=torch.sigmoid):
    s = x.mean((2, 3)) if squeeze == "avg" else x.amax((2, 3))
    s = gate(linear(act(linear(s, w, hidden, "se.fc1")), w, x.shape[1], "se.fc2"))
    return s[:, :, None, None]


def se(x, w, hidden, **options):
    return x * gate_by_hand(x, w, hidden, **options)


def hard_sigmoid(x, slope=1 / 6, offset=0.5):
    return (slope * x + offset).clamp(0, 1)


def channel_shuffle(x, groups):
    n, c, h, width = x.shape
    return x.reshape(n, groups, c // groups, h, width).transpose(1, 2).reshape(n, c, h, width)


def sides(x, w):
    """Two branches of different widths of one input."""
    return conv(x, w, 5, 1, "a"), conv(x, w, 3, 3, "b", padding=1)


AB = "a = x -> conv(5, 1) @a\nb = x -> conv(3, 3) @b\n"

CASES = [
    # name, input shape, text (the last line is the output's value), PyTorch
    ("conv_1x1", (13, 5, 7), "x -> conv(19, 1) @conv", lambda x, w: conv(x, w, 19, 1)),
    ("conv_3x3", (9, 11, 6), "x -> conv(17, 3) @conv", lambda x, w: conv(x, w, 17, 3, padding=1)),
    ("conv_bias", (3, 8, 9), "x -> conv(11, 3, bias = true) @conv",
     lambda x, w: conv(x, w, 11, 3, bias=True, padding=1)),
    ("conv_stride", (5, 13, 10), "x -> conv(7, 3, stride = 2) @conv",
     lambda x, w: conv(x, w, 7, 3, stride=2, padding=1)),
    ("conv_1x1_stride", (10, 9, 7), "x -> conv(12, 1, stride = 2) @conv", lambda x, w: conv(x, w, 12, 1, stride=2)),
    ("conv_stem", (3, 33, 30), "x -> conv(16, 7, stride = 2) @conv",
     lambda x, w: conv(x, w, 16, 7, stride=2, padding=3)),
    ("conv_valid", (6, 9, 8), "x -> conv(8, 3, pad = valid) @conv", lambda x, w: conv(x, w, 8, 3)),
    ("conv_pad", (4, 6, 5), "x -> conv(9, 3, pad = [2, 0]) @conv", lambda x, w: conv(x, w, 9, 3, padding=(2, 0))),
    ("conv_pad_asymmetric", (4, 7, 9), "x -> conv(6, 3, stride = 2, pad = [0, 1, 2, 0]) @conv",
     lambda x, w: conv_padded(x, w, (0, 1, 2, 0), 6, 3, stride=2)),
    ("conv_even_kernel", (5, 8, 7), "x -> conv(6, 2, stride = 2, pad = 0) @conv",
     lambda x, w: conv(x, w, 6, 2, stride=2)),
    ("conv_rectangular", (6, 9, 12), "x -> conv(7, [3, 5], stride = [1, 2], pad = [1, 2]) @conv",
     lambda x, w: conv(x, w, 7, (3, 5), stride=(1, 2), padding=(1, 2))),
    ("conv_dilation", (5, 14, 11), "x -> conv(8, 3, pad = 2, dilation = 2) @conv",
     lambda x, w: conv(x, w, 8, 3, padding=2, dilation=2)),
    ("conv_groups", (12, 7, 9), "x -> conv(18, 3, groups = 3) @conv",
     lambda x, w: conv(x, w, 18, 3, groups=3, padding=1)),
    ("conv_multiplier", (6, 9, 7), "x -> conv(12, 3, groups = 6) @conv",
     lambda x, w: conv(x, w, 12, 3, groups=6, padding=1)),
    ("depthwise", (19, 10, 7), "x -> depthwise(3) @conv", lambda x, w: conv(x, w, 19, 3, groups=19, padding=1)),
    ("depthwise_stride", (11, 13, 12), "x -> depthwise(5, stride = 2) @conv",
     lambda x, w: conv(x, w, 11, 5, groups=11, stride=2, padding=2)),
    ("conv_transpose", (7, 5, 6), "x -> conv_transpose(9, 3) @up", lambda x, w: conv_transpose(x, w, 9, 3)),
    ("conv_transpose_stride", (6, 5, 7), "x -> conv_transpose(10, 2, stride = 2, bias = true) @up",
     lambda x, w: conv_transpose(x, w, 10, 2, bias=True, stride=2)),
    ("conv_transpose_pad", (5, 6, 4), "x -> conv_transpose(8, 4, stride = 2, pad = 1) @up",
     lambda x, w: conv_transpose(x, w, 8, 4, stride=2, padding=1)),
    ("conv_transpose_output_pad", (4, 5, 6), "x -> conv_transpose(7, 3, stride = 2, pad = 1, output_pad = 1) @up",
     lambda x, w: conv_transpose(x, w, 7, 3, stride=2, padding=1, output_padding=1)),
    ("conv_transpose_groups", (6, 4, 5), "x -> conv_transpose(9, 3, stride = 2, pad = 1, groups = 3) @up",
     lambda x, w: conv_transpose(x, w, 9, 3, groups=3, stride=2, padding=1)),
    ("linear", (37,), "x -> linear(13) @fc", lambda x, w: linear(x, w, 13)),
    ("linear_no_bias", (18, 1, 1), "x -> linear(21, bias = false) @fc", lambda x, w: linear(x, w, 21, bias=False)),
    ("bn", (11, 5, 3), "x -> bn @bn", lambda x, w: batch_norm(x, w)),
    ("bn_eps", (7, 4, 5), "x -> bn(eps = 0.001) @bn", lambda x, w: batch_norm(x, w, eps=1e-3)),
    ("conv_bn_relu", (6, 8, 9), "x -> conv(10, 3) @conv -> bn @bn -> relu",
     lambda x, w: F.relu(batch_norm(conv(x, w, 10, 3, padding=1), w))),
    ("se", (20, 6, 5), "x -> se(4) @se", lambda x, w: se(x, w, 5)),
    ("se_rounded", (13, 7, 3), "x -> se(4) @se", lambda x, w: se(x, w, 3)),
    ("se_max", (12, 5, 7), "x -> se(3, squeeze = max) @se", lambda x, w: se(x, w, 4, squeeze="max")),
    ("se_hidden", (10, 4, 6), "x -> se(hidden = 7) @se", lambda x, w: se(x, w, 7)),
    ("se_act", (16, 5, 4), "x -> se(2, act = silu) @se", lambda x, w: se(x, w, 8, act=F.silu)),
    ("se_hard_sigmoid", (16, 4, 4), "x -> se(4, gate = hard_sigmoid) @se",
     lambda x, w: se(x, w, 4, gate=hard_sigmoid)),
    ("se_tanh", (9, 5, 5), "x -> se(3, gate = tanh) @se", lambda x, w: se(x, w, 3, gate=torch.tanh)),
    ("se_relu", (15, 3, 7), "x -> se(5, gate = relu) @se", lambda x, w: se(x, w, 3, gate=F.relu)),
    ("se_by_hand", (12, 6, 7),
     "s = x -> avgpool(global) -> linear(3) @se.fc1 -> relu -> linear(12) @se.fc2 -> sigmoid\nx * s",
     lambda x, w: se(x, w, 3)),
    ("se_residual", (8, 7, 6), "u = x -> conv(8, 1) @conv -> bn @bn -> se(2) @se\nrelu(u + x)",
     lambda x, w: F.relu(se(batch_norm(conv(x, w, 8, 1), w), w, 4) + x)),
    ("relu", (3, 5, 7), "x -> relu", lambda x, w: F.relu(x)),
    ("relu6", (3, 5, 7), "x -> relu6", lambda x, w: F.relu6(x)),
    ("leaky_relu", (3, 5, 7), "x -> leaky_relu", lambda x, w: F.leaky_relu(x)),
    ("leaky_relu_slope", (3, 5, 7), "x -> leaky_relu(slope = 0.2)", lambda x, w: F.leaky_relu(x, 0.2)),
    ("prelu", (5, 4, 6), "x -> prelu @act", lambda x, w: F.prelu(x, w("act.weight", 5))),
    ("sigmoid", (3, 5, 7), "x -> sigmoid", lambda x, w: torch.sigmoid(x)),
    ("hard_sigmoid", (3, 5, 7), "x -> hard_sigmoid", lambda x, w: hard_sigmoid(x)),
    ("hard_sigmoid_slope", (3, 5, 7), "x -> hard_sigmoid(slope = 0.2, offset = 0.4)",
     lambda x, w: hard_sigmoid(x, 0.2, 0.4)),
    ("tanh", (3, 5, 7), "x -> tanh", lambda x, w: torch.tanh(x)),
    ("silu", (3, 5, 7), "x -> silu", lambda x, w: F.silu(x)),
    ("hard_swish", (3, 5, 7), "x -> hard_swish", lambda x, w: F.hardswish(x)),
    ("gelu", (3, 5, 7), "x -> gelu", lambda x, w: F.gelu(x)),
    ("elu", (3, 5, 7), "x -> elu", lambda x, w: F.elu(x)),
    ("elu_alpha", (3, 5, 7), "x -> elu(alpha = 0.5)", lambda x, w: F.elu(x, 0.5)),
    ("exp", (3, 5, 7), "x -> exp", lambda x, w: torch.exp(x)),
    ("log", (3, 5, 7), "x * x + 0.01 -> log", lambda x, w: torch.log(x * x + 0.01)),
    ("sqrt", (3, 5, 7), "abs(x) -> sqrt", lambda x, w: torch.sqrt(x.abs())),
    ("erf", (3, 5, 7), "x -> erf", lambda x, w: torch.erf(x)),
    ("neg_sign", (3, 5, 7), "x -> neg -> sign", lambda x, w: torch.sign(-x)),
    ("reciprocal", (3, 5, 7), "x + 5 -> reciprocal", lambda x, w: torch.reciprocal(x + 5)),
    ("round", (3, 5, 7), "concat(x -> floor, x -> ceil, x -> round)",
     lambda x, w: torch.cat((torch.floor(x), torch.ceil(x), torch.round(x)), 1)),
    ("round_half", (3, 5, 7), "(x -> floor) + 0.5 -> round", lambda x, w: torch.round(torch.floor(x) + 0.5)),
    ("softplus", (3, 5, 7), "x * 9 -> softplus", lambda x, w: F.softplus(x * 9, threshold=1e9)),
    ("softsign", (3, 5, 7), "x -> softsign", lambda x, w: F.softsign(x)),
    ("mish", (3, 5, 7), "x -> mish", lambda x, w: F.mish(x)),
    ("selu", (3, 5, 7), "x -> selu", lambda x, w: F.selu(x)),
    ("celu", (3, 5, 7), "x -> celu(alpha = 1.5)", lambda x, w: F.celu(x, 1.5)),
    ("thresholded_relu", (3, 5, 7), "x -> thresholded_relu(0.5)", lambda x, w: F.threshold(x, 0.5, 0)),
    ("shrink_hard", (3, 5, 7), "x -> shrink(1.25)", lambda x, w: F.hardshrink(x, 1.25)),
    ("shrink_soft", (3, 5, 7), "x -> shrink(0.75, bias = 0.75)", lambda x, w: F.softshrink(x, 0.75)),
    ("min_max", (5, 6, 7), "a = x -> conv(5, 3) @a\nconcat(min(a, x, 1), max(a, x, -1))",
     lambda x, w: (lambda a: torch.cat((torch.minimum(a, x).clamp(max=1), torch.maximum(a, x).clamp(min=-1)), 1))
     (conv(x, w, 5, 3, "a", padding=1))),
    ("min_broadcast", (9, 4, 7), "m = x -> conv(1, 1) @m\nmin(x, m)",
     lambda x, w: torch.minimum(x, conv(x, w, 1, 1, "m"))),
    ("pow", (5, 6, 7), "a = x -> conv(5, 3) @a\npow(abs(x), a)",
     lambda x, w: torch.pow(x.abs(), conv(x, w, 5, 3, "a", padding=1))),
    ("pow_numbers", (5, 6, 7), "concat(pow(x, 3), pow(x, 2), pow(2.5, x), pow(abs(x), 0.5), pow(x, -1), pow(x, -2))",
     lambda x, w: torch.cat((x ** 3, x ** 2, 2.5 ** x, x.abs() ** 0.5, x ** -1, x ** -2), 1)),
    ("softmax", (23,), "x -> softmax", lambda x, w: F.softmax(x, 1)),
    ("softmax_map", (9, 3, 4), "x -> softmax", lambda x, w: F.softmax(x, 1)),
    ("log_softmax", (17,), "x -> log_softmax", lambda x, w: F.log_softmax(x, 1)),
    ("maxpool", (9, 11, 8), "x -> maxpool(2)", lambda x, w: F.max_pool2d(x, 2)),
    ("maxpool_pad", (7, 9, 12), "x -> maxpool(3, stride = 2, pad = 1)", lambda x, w: F.max_pool2d(x, 3, 2, 1)),
    ("maxpool_global", (11, 5, 3), "x -> maxpool(global)", lambda x, w: x.amax((2, 3), keepdim=True)),
    ("avgpool", (6, 9, 7), "x -> avgpool(3)", lambda x, w: F.avg_pool2d(x, 3)),
    ("avgpool_pad", (5, 8, 9), "x -> avgpool(3, stride = 2, pad = 1)", lambda x, w: F.avg_pool2d(x, 3, 2, 1)),
    ("avgpool_exclude_pad", (5, 8, 9), "x -> avgpool(3, stride = 2, pad = 1, count_include_pad = false)",
     lambda x, w: F.avg_pool2d(x, 3, 2, 1, count_include_pad=False)),
    ("avgpool_global", (13, 7, 5), "x -> avgpool(global)", lambda x, w: x.mean((2, 3), keepdim=True)),
    ("add", (5, 6, 7), "a = x -> conv(5, 3) @a\na + x", lambda x, w: conv(x, w, 5, 3, "a", padding=1) + x),
    ("sub", (5, 6, 7), "a = x -> conv(5, 3) @a\na - x", lambda x, w: conv(x, w, 5, 3, "a", padding=1) - x),
    ("div", (5, 6, 7), "s = x -> maxpool(global)\nx / (s * s + 1)",
     lambda x, w: x / (x.amax((2, 3), keepdim=True) ** 2 + 1)),
    ("mul", (5, 6, 7), "a = x -> conv(5, 3) @a\na * x", lambda x, w: conv(x, w, 5, 3, "a", padding=1) * x),
    ("mul_broadcast", (9, 4, 7), "s = x -> maxpool(global)\nx * s", lambda x, w: x * x.amax((2, 3), keepdim=True)),
    ("add_broadcast", (9, 4, 7), "s = x -> avgpool(global)\nx + s", lambda x, w: x + x.mean((2, 3), keepdim=True)),
    ("concat", (4, 5, 6), AB + "concat(a, b, axis = 0)", lambda x, w: torch.cat(sides(x, w), 1)),
    ("concat_rows", (4, 5, 6), "a = x -> conv(4, 1) @a\nconcat(x, a, axis = 1)",
     lambda x, w: torch.cat((x, conv(x, w, 4, 1, "a")), 2)),
    ("concat_columns", (4, 5, 6), "a = x -> conv(4, 1) @a\nconcat(a, x, axis = 2)",
     lambda x, w: torch.cat((conv(x, w, 4, 1, "a"), x), 3)),
    ("flatten_linear", (5, 3, 4), "x -> flatten -> linear(7) @fc", lambda x, w: linear(x, w, 7)),
    ("reshape", (6, 5, 4), "x -> reshape([3, 8, 5]) -> conv(4, 1) @conv",
     lambda x, w: conv(x.reshape(1, 3, 8, 5), w, 4, 1)),
    ("slice", (11, 6, 5), "x -> slice(0, 3, 10)", lambda x, w: x[:, 3:10]),
    ("slice_rows", (5, 9, 6), "x -> slice(1, 2, 7)", lambda x, w: x[:, :, 2:7]),
    ("split_and_swap", (10, 4, 5), "a = x -> slice(0, 0, 5)\nb = x -> slice(0, 5, 10)\nconcat(relu(b), a, axis = 0)",
     lambda x, w: torch.cat((F.relu(x[:, 5:]), x[:, :5]), 1)),
    ("channel_shuffle", (12, 3, 5), "x -> channel_shuffle(3)", lambda x, w: channel_shuffle(x, 3)),
    ("upsample_nearest", (5, 4, 7), "x -> upsample(2, nearest)", lambda x, w: F.interpolate(x, scale_factor=2)),
    ("upsample_bilinear", (5, 4, 7), "x -> upsample(2, bilinear)",
     lambda x, w: F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)),
    ("upsample_bilinear_3", (3, 5, 4), "x -> upsample(3, bilinear)",
     lambda x, w: F.interpolate(x, scale_factor=3, mode="bilinear", align_corners=False)),
    ("pad", (5, 4, 6), "x -> pad([1, 2, 3, 0])", lambda x, w: F.pad(x, (2, 0, 1, 3))),
    ("pad_value", (5, 4, 6), "x -> pad([0, 1, 2, 3], value = 1.5)",
     lambda x, w: F.pad(x, (1, 3, 0, 2), value=1.5)),
    ("crop", (5, 9, 8), "x -> crop([1, 2, 3, 1])", lambda x, w: x[:, :, 1:6, 2:7]),
    ("transpose", (5, 4, 6), "x -> transpose([2, 0, 1])", lambda x, w: x.permute(0, 3, 1, 2)),
    ("pixel_shuffle", (18, 4, 5), "x -> pixel_shuffle(3)", lambda x, w: F.pixel_shuffle(x, 3)),
    ("pixel_unshuffle", (3, 8, 6), "x -> pixel_unshuffle(2)", lambda x, w: F.pixel_unshuffle(x, 2)),
    ("depth_to_space", (12, 4, 5), "x -> depth_to_space(2)",
     lambda x, w: x.reshape(1, 2, 2, 3, 4, 5).permute(0, 3, 4, 1, 5, 2).reshape(1, 3, 8, 10)),
    ("space_to_depth", (3, 8, 6), "x -> space_to_depth(2)",
     lambda x, w: x.reshape(1, 3, 4, 2, 3, 2).permute(0, 3, 5, 1, 2, 4).reshape(1, 12, 4, 3)),
    ("rearrange", (6, 4, 5), "x -> rearrange([2, 3, 4, 5], [1, 3, 0, 2], [15, 8])",
     lambda x, w: x.reshape(1, 2, 3, 4, 5).permute(0, 2, 4, 1, 3).reshape(1, 15, 8)),
    ("take", (5, 6, 7), "x -> take(1, [5, 3, 3, 0]) -> take(0, [1, 4]) -> take(2, [6, 5, 4, 3, 2, 1, 0])",
     lambda x, w: x[:, [1, 4]][:, :, [5, 3, 3, 0]].flip(3)),
    ("take_fill", (5, 6, 7), "x -> take(2, [-1, 0, 2, 4, 6, -1], fill = 1.5)",
     lambda x, w: F.pad(x[:, :, :, ::2], (1, 1), value=1.5)),
    ("take_reflect", (4, 3, 5), "x -> take(2, [2, 1, 0, 1, 2, 3, 4, 3])", lambda x, w: F.pad(x, (2, 1, 0, 0), mode="reflect")),
    ("resample", (4, 3, 5), "x -> resample(2, 3, [0, 1, 2, 1, 2, 3, 2, 3, 4], [0.25, 0.5, 0.25, 0.25, 0.5, 0.25, 0.25, 0.5, 0.25])",
     lambda x, w: 0.25 * x[:, :, :, :-2] + 0.5 * x[:, :, :, 1:-1] + 0.25 * x[:, :, :, 2:]),
    ("reduce", (5, 6, 7), "concat(x -> mean(0), x -> sum(0), x -> prod(0), x -> amax(0), x -> amin(0))",
     lambda x, w: torch.cat((x.mean(1, True), x.sum(1, True), x.prod(1, True), x.amax(1, True), x.amin(1, True)), 1)),
    ("reduce_rows", (5, 6, 7), "concat(x -> mean(1), x -> amax(1), axis = 1)",
     lambda x, w: torch.cat((x.mean(2, True), x.amax(2, True)), 2)),
    ("reduce_columns", (5, 6, 7), "concat(x -> sum(2), x -> amin(2), axis = 2)",
     lambda x, w: torch.cat((x.sum(3, True), x.amin(3, True)), 3)),
    ("reduce_all", (5, 6, 7), "concat(x -> mean([0, 1, 2]), x -> sum([1, 2]), x -> amax([1, 0, 2]))",
     lambda x, w: torch.cat((x.mean((1, 2, 3), True), x.sum((2, 3), True), x.amax((1, 2, 3), True)), 1)),
    ("argmax", (5, 6, 7), "concat(x -> argmax(0), x -> argmin(0))",
     lambda x, w: torch.cat((x.argmax(1, True), x.argmin(1, True)), 1)),
    ("argmax_columns", (5, 6, 7), "x -> argmax(2)", lambda x, w: x.argmax(3, True)),
    ("resize_nearest", (5, 4, 7), "x -> resize([7, 5])", lambda x, w: F.interpolate(x, (7, 5))),
    ("resize_bilinear", (5, 4, 7), "x -> resize([7, 3], bilinear)",
     lambda x, w: F.interpolate(x, (7, 3), mode="bilinear", align_corners=False)),
    ("resize_bicubic", (3, 5, 6), "x -> resize([3, 11], bicubic)",
     lambda x, w: F.interpolate(x, (3, 11), mode="bicubic", align_corners=False)),
    ("resize_corners", (3, 5, 6), "a = x -> resize([9, 4], bilinear, align_corners = true)\n"
     "concat(a, x -> resize([9, 4], bicubic, align_corners = true))",
     lambda x, w: torch.cat((F.interpolate(x, (9, 4), mode="bilinear", align_corners=True),
                             F.interpolate(x, (9, 4), mode="bicubic", align_corners=True)), 1)),
    ("resize_antialias", (3, 11, 13), "a = x -> resize([4, 6], bilinear, antialias = true)\n"
     "concat(a, x -> resize([4, 6], bicubic, antialias = true))",
     lambda x, w: torch.cat((F.interpolate(x, (4, 6), mode="bilinear", antialias=True),
                             F.interpolate(x, (4, 6), mode="bicubic", antialias=True)), 1)),
    ("instance_norm", (5, 6, 7), "x -> instance_norm", lambda x, w: F.instance_norm(x)),
    ("instance_norm_affine", (5, 6, 7), "x -> instance_norm(eps = 0.01, affine = true) @norm",
     lambda x, w: F.instance_norm(x, weight=w("norm.weight", 5), bias=w("norm.bias", 5), eps=0.01)),
    ("layer_norm", (11, 4, 3), "x -> layer_norm(eps = 1e-3) @norm",
     lambda x, w: F.layer_norm(x.permute(0, 2, 3, 1), (11,), w("norm.weight", 11), w("norm.bias", 11), 1e-3)
     .permute(0, 3, 1, 2)),
    ("group_norm", (12, 4, 5), "x -> group_norm(3) @norm",
     lambda x, w: F.group_norm(x, 3, w("norm.weight", 12), w("norm.bias", 12))),
    ("lrn", (9, 4, 5), "x -> lrn(5, alpha = 0.3, k = 2)", lambda x, w: F.local_response_norm(x, 5, 0.3, 0.75, 2)),
    ("lrn_even", (9, 4, 5), "x -> lrn(4, alpha = 0.3, beta = 0.5)", lambda x, w: F.local_response_norm(x, 4, 0.3, 0.5, 1)),
    ("clip", (5, 4, 6), "x -> clip(low = -0.5, high = 0.75)", lambda x, w: x.clamp(-0.5, 0.75)),
    ("dropout", (5, 4, 6), "x -> dropout(0.5) -> relu", lambda x, w: F.relu(x)),
]
