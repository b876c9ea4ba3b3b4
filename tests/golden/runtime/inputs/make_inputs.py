#!/usr/bin/env python3
"""The files that the cases of this folder read become themselves again, byte for byte. Needs nothing but Python."""
import gzip
import os
import struct
import zlib

FOLDER = os.path.dirname(os.path.abspath(__file__))


def write(name, data):
    with open(os.path.join(FOLDER, name), "wb") as file:
        file.write(data)


def npy(shape, values, descr="<f4", code="<%df", order="False"):
    text = "{'descr': '%s', 'fortran_order': %s, 'shape': (%s,), }" % (descr, order, ", ".join(map(str, shape)))
    length = (10 + len(text) + 1 + 63) // 64 * 64 - 10
    header = b"\x93NUMPY\x01\x00" + struct.pack("<H", length) + text.ljust(length - 1).encode() + b"\n"
    return header + struct.pack(code % len(values), *values)


def ramp(start, rows):
    """Pictures of 8 x 8 of which row r has the value rows[r]."""
    return [start + row for row in rows for _ in range(8)]


def gray_pictures():
    bright = [3, 1, 4, 1, 5, 9, 2, 6]
    write("gray.pgm", b"P5 8 8 255\n" + bytes(25 * row for row in bright for _ in range(8)))
    stack = []
    for picture in range(4):
        stack += ramp(0.0, [row / 10 for row in bright[picture:] + bright[:picture]])
    write("stack.npy", npy((4, 1, 8, 8), stack))
    write("one.npy", npy((1, 8, 8), stack[:64]))
    write("truncated.npy", npy((4, 1, 8, 8), stack)[:-100])
    write("surplus.npy", npy((1, 8, 8), stack[:64]) + b"more")
    write("doubles.npy", npy((1, 8, 8), stack[:64], "<f8", "<%dd"))
    write("big-endian.npy", npy((1, 8, 8), stack[:64], ">f4", ">%df"))
    write("fortran.npy", npy((1, 8, 8), stack[:64], order="True"))
    write("shape.npy", npy((2, 5), [0.0] * 10))


def color_picture():
    rows = b"".join(b"\0" + bytes((250, 10, 40 * y)) * 6 for y in range(5))

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    png = (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 6, 5, 8, 2, 0, 0, 0))
           + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))
    write("color.png", png)
    write("truncated.png", png[:-30])
    write("empty.jpg", b"")
    write("picture.gif", b"GIF89a")
    write("text.jpg", b"This is no picture.\n")


def pairs():
    write("left.npy", npy((2, 3), [1, 2, 3, 4, 5, 6]))
    write("right.npy", npy((2, 3), [1, 0, 3, 4, 5, -1]))
    write("three.npy", npy((3, 3), [0.0] * 9))


def evaluation():
    count = 50
    images, labels = b"", []
    for picture in range(count):
        best = picture * 3 % 8
        images += bytes((200 if row == best else 3 * (row + picture) % 100) for row in range(8) for _ in range(8))
        labels.append(best if picture % 10 else (best + 1) % 8)
    header = struct.pack(">4I", 0x803, count, 8, 8)
    write("images.idx.gz", gzip.compress(header + images, mtime=0))
    write("labels.idx", struct.pack(">2I", 0x801, count) + bytes(labels))
    write("labels-49.idx", struct.pack(">2I", 0x801, count - 1) + bytes(labels[1:]))
    write("labels-9.idx", struct.pack(">2I", 0x801, count) + bytes(labels[1:]) + b"\x09")
    write("labels.txt", b"".join(b"row %d\n" % i for i in range(8)))
    write("labels-7.txt", b"".join(b"row %d\n" % i for i in range(7)))


if __name__ == "__main__":
    gray_pictures()
    color_picture()
    pairs()
    evaluation()
