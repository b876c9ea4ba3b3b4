"""The inference engines that the benchmarks compare, each behind the same few lines, each in a process of its own.

    python3 engines.py ENGINE NAME DIR THREADS

loads the network NAME of the folder DIR (as models.py wrote it) and serves requests from standard input, a line each:
`output PATH` writes the outputs for NAME.input.npy, `time COUNT` answers with the median of COUNT runs in milliseconds.
The first line of the answer says `ready` and the version, `missing` when the engine is not installed, or `failed`.

Every engine computes in float32: what would use fewer bits is switched off.
"""
import importlib.metadata
import importlib.util
import os
import pathlib
import statistics
import subprocess
import sys
import time

import numpy as np

WARM_UP_RUNS, WARM_UP_SECONDS = 10, 0.5   # as the executables' --bench does


def load_onnxruntime(name, folder, threads):
    import onnxruntime
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    session = onnxruntime.InferenceSession(str(folder / (name + ".onnx")), options, providers=["CPUExecutionProvider"])
    return lambda picture: session.run(None, {"image": picture})[0]


def load_openvino(name, folder, threads):
    import openvino
    core = openvino.Core()
    model = core.compile_model(str(folder / (name + ".onnx")), "CPU", {
        "INFERENCE_NUM_THREADS": threads, "NUM_STREAMS": 1, "PERFORMANCE_HINT": "LATENCY",
        "INFERENCE_PRECISION_HINT": "f32"})
    request = model.create_infer_request()

    def run(picture):
        request.infer({0: picture}, share_inputs=True)
        return request.get_output_tensor(0).data
    return run


def convert(path, command, folder):
    """Run a converter that writes `path`, unless it is there; a failure leaves nothing that looks like success."""
    if path.exists():
        return
    run = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if run.returncode != 0 or not path.exists():
        path.unlink(missing_ok=True)
        raise RuntimeError("%s: %s" % (pathlib.Path(command[0]).name, run.stdout[-2000:]))


def load_ncnn(name, folder, threads):
    import ncnn
    converter = pathlib.Path(importlib.util.find_spec("pnnx").origin).parent / "pnnx"
    work = folder / (name + ".pnnx")
    work.mkdir(exist_ok=True)
    parameters = work / "net.ncnn.param"
    convert(parameters, [str(converter), "../%s.onnx" % name, "fp16=0", "inputshape=[1,3,224,224]",
                         "pnnxparam=net.pnnx.param", "pnnxbin=net.pnnx.bin", "pnnxpy=net_pnnx.py", "pnnxonnx=net.onnx",
                         "ncnnparam=net.ncnn.param", "ncnnbin=net.ncnn.bin", "ncnnpy=net_ncnn.py"], work)
    net = ncnn.Net()
    net.opt.num_threads = threads
    net.opt.use_vulkan_compute = False
    for option in ("use_fp16_packed", "use_fp16_storage", "use_fp16_arithmetic", "use_bf16_storage"):
        setattr(net.opt, option, False)
    if net.load_param(str(parameters)) or net.load_model(str(work / "net.ncnn.bin")):
        raise RuntimeError("ncnn cannot load %s" % parameters)

    def run(picture):
        extractor = net.create_extractor()
        extractor.input("in0", ncnn.Mat(picture[0]))
        return np.array(extractor.extract("out0")[1])
    return run


def load_mnn(name, folder, threads):
    import MNN
    path = folder / (name + ".mnn")
    convert(path, [sys.executable, "-m", "MNN.tools.mnnconvert", "-f", "ONNX", "--modelFile", name + ".onnx",
                   "--MNNModel", name + ".mnn", "--bizCode", "bench"], folder)
    interpreter = MNN.Interpreter(str(path))
    session = interpreter.createSession({"backend": "CPU", "numThread": threads, "precision": "high"})
    input_tensor = interpreter.getSessionInput(session)
    shape = input_tensor.getShape()

    def run(picture):
        host = MNN.Tensor(shape, MNN.Halide_Type_Float, picture, MNN.Tensor_DimensionType_Caffe)
        input_tensor.copyFrom(host)
        interpreter.runSession(session)
        output = interpreter.getSessionOutput(session)
        answer = MNN.Tensor(output.getShape(), MNN.Halide_Type_Float,
                            np.zeros(output.getShape(), np.float32), MNN.Tensor_DimensionType_Caffe)
        output.copyToHostTensor(answer)
        return np.array(answer.getData(), np.float32)
    return run


def load_pytorch(name, folder, threads):
    import torch
    import models
    torch.set_num_threads(threads)
    torch.set_num_interop_threads(1)
    model = models.NETWORKS[name]().eval()
    tensors = models.safetensors_io.load(folder / (name + ".safetensors"))
    model.load_state_dict({key: torch.from_numpy(value.copy()) for key, value in tensors.items()}, strict=False)
    with torch.no_grad():
        traced = torch.jit.freeze(torch.jit.trace(model, torch.zeros(1, 3, 224, 224)))
        traced = torch.jit.optimize_for_inference(traced)

    def run(picture):
        with torch.no_grad():
            return traced(torch.from_numpy(picture)).numpy()
    return run


def load_tvm(name, folder, threads):
    import onnx
    import tvm
    from tvm import relax
    from tvm.relax.frontend.onnx import from_onnx
    os.environ["TVM_NUM_THREADS"] = str(threads)
    module = from_onnx(onnx.load(folder / (name + ".onnx")), keep_params_in_input=False)
    target = tvm.target.Target.from_device("cpu")
    with target, tvm.transform.PassContext(opt_level=3):
        machine = relax.VirtualMachine(relax.build(relax.get_pipeline("zero")(module), target), tvm.cpu())

    def run(picture):
        answer = machine["main"](tvm.runtime.tensor(picture))
        return (answer if hasattr(answer, "numpy") else answer[0]).numpy()
    return run


def load_iree(name, folder, threads):
    import iree.runtime
    path = folder / (name + ".vmfb")
    bin_folder = pathlib.Path(sys.executable).parent
    mlir = folder / (name + ".mlir")
    convert(mlir, [str(bin_folder / "iree-import-onnx"), name + ".onnx", "-o", mlir.name], folder)
    convert(path, [str(bin_folder / "iree-compile"), mlir.name, "--iree-hal-target-device=local",
                   "--iree-hal-local-target-device-backends=llvm-cpu", "--iree-llvmcpu-target-cpu=host",
                   "--iree-opt-level=O3", "-o", path.name], folder)
    iree.runtime.flags.parse_flags("--task_topology_group_count=%d" % threads)
    module = iree.runtime.load_vm_flatbuffer_file(str(path), driver="local-sync" if threads == 1 else "local-task")
    names = [key for key in module.vm_module.function_names if "$" not in key and "init" not in key]
    function = module[names[0]]
    return lambda picture: function(picture).to_host()


# name: (Python package whose presence says that the engine is installed, distribution, loader)
ENGINES = {
    "onnxruntime": ("onnxruntime", "onnxruntime", load_onnxruntime),
    "openvino": ("openvino", "openvino", load_openvino),
    "ncnn": ("ncnn", "ncnn", load_ncnn),
    "mnn": ("MNN", "MNN", load_mnn),
    "pytorch": ("torch", "torch", load_pytorch),
    "tvm": ("tvm", "apache-tvm", load_tvm),
    "iree": ("iree.runtime", "iree-base-runtime", load_iree),
}


def is_installed(package):
    try:
        return importlib.util.find_spec(package) is not None
    except ModuleNotFoundError:
        return False


def median_ms(run, picture, count):
    start = time.perf_counter()
    for i in range(WARM_UP_RUNS):
        if i > 0 and time.perf_counter() - start > WARM_UP_SECONDS:
            break
        run(picture)
    times = []
    for _ in range(count):
        start = time.perf_counter()
        run(picture)
        times.append(1e3 * (time.perf_counter() - start))
    return statistics.median(times)


def serve(run, picture, answers):
    for line in sys.stdin:
        verb, argument = line.split(maxsplit=1)
        if verb == "output":
            np.save(argument.strip(), np.array(run(picture), np.float32).ravel())
            print("written", file=answers, flush=True)
        else:
            print("%.6f" % median_ms(run, picture, int(argument)), file=answers, flush=True)


def main():
    engine, name, folder, threads = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3]).resolve(), int(sys.argv[4])
    package, distribution, load = ENGINES[engine]
    # The engines print on standard output as they like: answers go to a descriptor of their own.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    if not is_installed(package):
        print("missing", file=answers, flush=True)
        return
    os.environ["OMP_NUM_THREADS"] = str(threads)
    try:
        run = load(name, folder, threads)
        picture = np.load(folder / (name + ".input.npy"))[None]
        run(picture)
    except Exception as error:  # whatever an engine throws: the table says so and goes on
        print("failed %s" % " ".join(str(error).split())[:300], file=answers, flush=True)
        raise
    print("ready %s" % importlib.metadata.version(distribution), file=answers, flush=True)
    serve(run, picture, answers)


if __name__ == "__main__":
    main()
