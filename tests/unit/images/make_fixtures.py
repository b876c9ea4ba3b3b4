#!/usr/bin/env python3
"""Small pictures and what Pillow makes of them become the fixtures of test_images.c.

    python3 -m venv v && v/bin/pip install 'pillow>=10,<13' numpy && v/bin/python make_fixtures.py

For NAME.jpg or NAME.png, NAME.ppm (or .pgm) is what Pillow decodes. resize-WxH.ppm is resize.ppm resized.
preprocess-*.npy is what torchvision's Resize, CenterCrop, ToTensor and Normalize give, written out in numpy.
Pillow from 13 on resizes some tall pictures along columns first, which changes some bytes by 1; hence the bound.
"""
import io
import os
import struct
import zlib

import numpy as np
import PIL
from PIL import Image, ImageOps

FOLDER = os.path.dirname(os.path.abspath(__file__))
random = np.random.default_rng(2024)


def smooth(width, height, channels):
    """Noise with structure: neither flat nor white."""
    noise = random.integers(0, 256, (height // 3 + 2, width // 3 + 2, channels), dtype=np.uint8)
    bands = [Image.fromarray(noise[:, :, c]).resize((width, height), Image.BICUBIC) for c in range(channels)]
    return bands[0] if channels == 1 else Image.merge("RGB", bands)


def write(name, data):
    with open(os.path.join(FOLDER, name), "wb") as file:
        file.write(data)


def write_expected(name, picture):
    stream = io.BytesIO()
    picture.save(stream, "PPM")
    write(name + (".pgm" if picture.mode == "L" else ".ppm"), stream.getvalue())


def add(name, picture, kind, expected_mode, **options):
    stream = io.BytesIO()
    picture.save(stream, kind, **options)
    write(name + (".jpg" if kind == "JPEG" else ".png"), stream.getvalue())
    decoded = ImageOps.exif_transpose(Image.open(io.BytesIO(stream.getvalue())))
    write_expected(name, decoded.convert(expected_mode))


def png_chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_bytes(width, height, depth, color, raw, interlaced=False):
    header = struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, int(interlaced))
    return (b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", header) + png_chunk(b"IDAT", zlib.compress(raw, 9))
            + png_chunk(b"IEND", b""))


def rows_raw(rows):
    return b"".join(b"\0" + row.tobytes() for row in rows)


def add_pngs_by_hand():
    """What Pillow does not write: 16-bit samples, of which the high byte counts, and interlaced rows."""
    deep = random.integers(0, 65536, (7, 9, 3)).astype(">u2")
    write("png-rgb16.png", png_bytes(9, 7, 16, 2, rows_raw(deep)))
    write_expected("png-rgb16", Image.fromarray((deep >> 8).astype(np.uint8)))
    gray = deep[:, :, 0]
    write("png-gray16.png", png_bytes(9, 7, 16, 0, rows_raw(gray)))
    write_expected("png-gray16", Image.fromarray((gray >> 8).astype(np.uint8)))
    picture = np.asarray(smooth(19, 11, 3))
    raw = b""
    for top, left, down, across in ((0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2),
                                    (0, 1, 2, 2), (1, 0, 2, 1)):
        part = picture[top::down, left::across]
        if part.size:
            raw += rows_raw(part)
    write("png-interlaced.png", png_bytes(19, 11, 8, 2, raw, interlaced=True))
    write_expected("png-interlaced", Image.fromarray(picture))


def add_decoding():
    color, gray = smooth(29, 18, 3), smooth(29, 18, 1)
    add("jpeg-color", color, "JPEG", "RGB", quality=80)
    add("jpeg-progressive", color, "JPEG", "RGB", quality=80, progressive=True, subsampling=0)
    add("jpeg-gray", gray, "JPEG", "L", quality=80)
    add("jpeg-cmyk", color.convert("CMYK"), "JPEG", "RGB", quality=90)
    for orientation in range(1, 9):
        exif = Image.Exif()
        exif[0x0112] = orientation
        add("exif-%d" % orientation, smooth(11, 6, 1), "JPEG", "L", quality=90, exif=exif)
    exif = Image.Exif()
    exif[0x0112] = 6
    add("png-exif", color, "PNG", "RGB", exif=exif)
    add("png-bits1", gray.convert("1"), "PNG", "L")
    add("png-gray", gray, "PNG", "L")
    add("png-gray-key", gray, "PNG", "L", transparency=100)
    add("png-gray-alpha", Image.merge("LA", [gray, smooth(29, 18, 1)]), "PNG", "L")
    add("png-rgb", color, "PNG", "RGB")
    add("png-rgb-key", color, "PNG", "RGB", transparency=color.getpixel((3, 3)))
    add("png-rgba", Image.merge("RGBA", [*color.split(), gray]), "PNG", "RGB")
    add("png-palette4", color.quantize(16), "PNG", "RGB", bits=4)
    add("png-palette-key", color.quantize(200), "PNG", "RGB", transparency=7)
    for depth in (2, 4):
        samples = random.integers(0, 256, (5, 3), dtype=np.uint8)
        write("png-gray%d.png" % depth, png_bytes(3 * 8 // depth, 5, depth, 0, rows_raw(samples)))
        values = np.stack([samples >> (8 - depth * (i + 1)) & (1 << depth) - 1 for i in range(8 // depth)], 2)
        write_expected("png-gray%d" % depth,
                       Image.fromarray((values * (255 // ((1 << depth) - 1))).astype(np.uint8).reshape(5, -1)))


def add_resizing():
    color = smooth(31, 23, 3)
    write_expected("resize", color)
    for size in ((7, 5), (50, 40), (31, 9), (3, 60), (1, 1), (120, 2)):
        write_expected("resize-%dx%d" % size, color.resize(size, Image.BILINEAR))


def add_corner_cases():
    """One pixel, 30,000 columns, 16 bits with alpha, a palette whose colours have alpha each, few bits interlaced."""
    numbers = np.random.default_rng(7)
    for kind in ("PNG", "JPEG"):
        add("%s-1x1" % kind.lower(), Image.new("RGB", (1, 1), (10, 200, 30)), kind, "RGB")
        stream = io.BytesIO()
        Image.new("L", (30000, 1), 77).save(stream, kind)
        write("wide.%s" % ("png" if kind == "PNG" else "jpg"), stream.getvalue())
    deep = numbers.integers(0, 65536, (5, 6, 4)).astype(">u2")
    write("png-rgba16.png", png_bytes(6, 5, 16, 6, rows_raw(deep)))
    write_expected("png-rgba16", Image.fromarray((deep[:, :, :3] >> 8).astype(np.uint8)))
    write("png-gray-alpha16.png", png_bytes(6, 5, 16, 4, rows_raw(np.ascontiguousarray(deep[:, :, :2]))))
    write_expected("png-gray-alpha16", Image.fromarray((deep[:, :, 0] >> 8).astype(np.uint8)))
    palette = Image.fromarray(numbers.integers(0, 8, (9, 13), dtype=np.uint8), "P")
    palette.putpalette(numbers.integers(0, 256, 24, dtype=np.uint8).tobytes())
    add("png-palette-alpha", palette, "PNG", "RGB", transparency=bytes(range(0, 256, 32)))
    raw = b""
    samples = numbers.integers(0, 2, (10, 11), dtype=np.uint8)
    for top, left, down, across in ((0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2),
                                    (0, 1, 2, 2), (1, 0, 2, 1)):
        part = samples[top::down, left::across]
        if part.size:
            raw += rows_raw(np.packbits(part, axis=1))
    write("png-interlaced1.png", png_bytes(11, 10, 1, 0, raw, interlaced=True))
    write_expected("png-interlaced1", Image.fromarray(samples * np.uint8(255)))


def resized(picture, shorter):
    width, height = picture.size
    if width <= height:
        return picture.resize((shorter, int(shorter * height / width)), Image.BILINEAR)
    return picture.resize((int(shorter * width / height), shorter), Image.BILINEAR)


def center_crop(pixels, height, width):
    """torchvision.transforms.functional.center_crop"""
    found_height, found_width = pixels.shape[:2]
    if width > found_width or height > found_height:
        down, across = max(0, height - found_height), max(0, width - found_width)
        pixels = np.pad(pixels, ((down // 2, (down + 1) // 2), (across // 2, (across + 1) // 2), (0, 0)))
        found_height, found_width = pixels.shape[:2]
    top, left = int(round((found_height - height) / 2.0)), int(round((found_width - width) / 2.0))
    return pixels[top:top + height, left:left + width]


def add_preprocessing():
    color = Image.open(os.path.join(FOLDER, "resize.ppm"))
    mean = np.array([0.485, 0.456, 0.406], np.float32)
    std = np.array([0.229, 0.224, 0.225], np.float32)

    def normalised(picture, height, width, order):
        pixels = np.asarray(picture)
        pixels = center_crop(pixels.reshape(*pixels.shape[:2], -1), height, width)[:, :, order]
        values = pixels.astype(np.float32) / np.float32(255)
        count = len(order)
        return np.ascontiguousarray(((values - mean[:count]) / std[:count]).transpose(2, 0, 1))

    for name, array in (
            ("rgb", normalised(resized(color, 12), 9, 11, [0, 1, 2])),
            ("bgr", normalised(color.resize((14, 10), Image.BILINEAR), 10, 13, [2, 1, 0])),
            ("gray", normalised(resized(color.convert("L"), 10), 7, 8, [0])),
            ("small", normalised(color, 28, 36, [0, 1, 2]))):
        stream = io.BytesIO()
        np.save(stream, array.astype("<f4"))
        write("preprocess-%s.npy" % name, stream.getvalue())


if __name__ == "__main__":
    assert int(PIL.__version__.split(".")[0]) < 13, "Pillow below 13 is wanted"
    add_decoding()
    add_pngs_by_hand()
    add_resizing()
    add_preprocessing()
    add_corner_cases()
