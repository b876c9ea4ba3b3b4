"""Times further architectures of timm, from the ONNX files that PyTorch writes, in senc and in ONNX Runtime, in turns.

    python zoo.py --names
    python zoo.py --senc SENC [--dir DIR] [--threads 1,2] [--rounds N] [--seconds S] [NAME...]

The first prints the architectures, for `models.py --dir DIR $(python zoo.py --names)`, which writes their files. The second
compiles each ONNX file, checks both engines' outputs to 1e-3 of the reference's largest number, and prints a Markdown table:
milliseconds, and how many times as fast senc is.
"""
import argparse
import pathlib
import statistics
import subprocess
import tempfile

import numpy as np

import interleave

TOLERANCE = 1e-3
ARCHITECTURES = """
convnext_atto convnext_femto cspdarknet53 cspresnet50 densenet121 dla34 dla46_c dla46x_c dpn48b eca_nfnet_l0 ecaresnet26t
ecaresnext26t_32x4d efficientnet_b1 efficientnet_es efficientnet_lite0 ese_vovnet19b_dw ese_vovnet19b_slim
ese_vovnet19b_slim_dw ese_vovnet39b fasternet_t0 fbnetc_100 fbnetv3_b gc_efficientnetv2_rw_t gcresnext26ts gernet_s
ghostnet_100 ghostnetv2_100 ghostnetv3_100 hardcorenas_a hgnet_small hgnet_tiny hgnetv2_b0 hgnetv2_b4 hrnet_w18_small inception_v3
lcnetv2_base lcnetv2_large legacy_seresnet34 legacy_seresnext26_32x4d mixnet_s mobilenetv2_100 mobilenetv3_large_100
mobilenetv4_conv_medium mobilenetv4_conv_small nf_ecaresnet26 nf_regnet_b0 nf_seresnet26 regnetx_008 regnety_004
regnety_016 regnetz_b16 repghostnet_100 repvgg_a0 repvit_m0_9 res2net50_26w_4s resnest14d resnet26t resnetv2_50 rexnet_100
rexnetr_100 semnasnet_100 seresnet34 seresnetaa50d seresnext26t_32x4d seresnext26ts skresnet18 starnet_s1 tinynet_c
xception41
""".split()


def start(kind, name, executable, arguments, threads):
    if kind == "senc":
        return interleave.Executable(executable, arguments.dir / (name + ".input.npy"), threads)
    return interleave.Engine(kind, name, arguments.dir, threads)


def check(engine, name, folder, arguments):
    expected = np.load(arguments.dir / (name + ".output.npy")).ravel()
    difference = np.abs(engine.output(str(folder / "output.npy")).ravel() - expected).max() / np.abs(expected).max()
    if not difference <= TOLERANCE:
        raise interleave.Failure("%s is %.1e off" % (engine.kind, difference))


def time_network(name, executable, arguments, threads, folder):
    """The medians of milliseconds in senc and in ONNX Runtime."""
    running = {}
    try:
        for kind in ("senc", "onnxruntime"):
            running[kind] = start(kind, name, executable, arguments, threads)
            check(running[kind], name, folder, arguments)
        times = interleave.take_turns(running, arguments.rounds, arguments.seconds)
        return [statistics.median(turns) for turns in times.values()]
    finally:
        for engine in running.values():
            engine.close()


def measure(name, arguments, folder):
    executable = folder / name
    run = subprocess.run([arguments.senc, arguments.dir / (name + ".onnx"), "-o", executable], capture_output=True, text=True)
    if run.returncode != 0:
        raise interleave.Failure(run.stderr.strip().splitlines()[0])
    columns = []
    for threads in arguments.threads:
        senc, other = time_network(name, executable, arguments, threads, folder)
        columns += ["%.2f" % senc, "%.2f" % other, "%.2f" % (other / senc)]
    executable.unlink()
    return columns


def parse():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--names", action="store_true", dest="prints_names", help="print the architectures and exit")
    parser.add_argument("--senc", default="senc", help="the compiler (default: senc)")
    parser.add_argument("--dir", type=pathlib.Path, default=pathlib.Path("zoo"), help="what models.py wrote (default: zoo)")
    parser.add_argument("--threads", default="1,2", help="default: 1,2")
    parser.add_argument("--rounds", type=int, default=4, help="turns of each engine (default: 4)")
    parser.add_argument("--seconds", type=float, default=0.3, help="length of a turn (default: 0.3)")
    parser.add_argument("networks", nargs="*", metavar="NAME", help="default: all that DIR has")
    arguments = parser.parse_args()
    arguments.threads = [int(word) for word in arguments.threads.split(",")]
    arguments.networks = arguments.networks or [name for name in ARCHITECTURES if (arguments.dir / (name + ".onnx")).exists()]
    if not arguments.networks and not arguments.prints_names:
        parser.error("%s has no networks; models.py writes them" % arguments.dir)
    return arguments


def main():
    arguments = parse()
    if arguments.prints_names:
        print(" ".join(ARCHITECTURES))
        return
    print("| network |" + "".join(" senc, %d | ONNX Runtime, %d | times as fast |" % (n, n) for n in arguments.threads))
    print("| --- |" + " --- | --- | --- |" * len(arguments.threads))
    with tempfile.TemporaryDirectory() as folder:
        for name in arguments.networks:
            try:
                columns = measure(name, arguments, pathlib.Path(folder))
            except interleave.Failure as failure:
                columns = [str(failure)]
            print("| %s | %s |" % (name, " | ".join(columns)), flush=True)


if __name__ == "__main__":
    main()
