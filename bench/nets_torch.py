"""PyTorch's side of `bench/nets.ts`: python3 nets_torch.py NETWORK WEIGHTS INPUTS FOLDER THREADS DEVICE FORM

Opens one network on DEVICE, cpu (in 32-bit floats) or cuda:N (in 16), and prints one line of JSON about itself. FORM is
eager, or compiled for torch.compile. Each line of standard input is answered by a line of JSON: `choose` by PyTorch's
faster memory format, with the outputs in it written as raw floats to FOLDER/NAME.f32; a number of runs by the seconds
of each. On a card a run begins with the inputs there and ends when the outputs are in the machine's memory.
"""

import ctypes
import json
import os
import sys
import time
import warnings

os.environ.pop("OPENBLAS_CORETYPE", None)
sys.dont_write_bytecode = True
warnings.filterwarnings("ignore", message="Failed to initialize NumPy")

import torch  # noqa: E402

import torch_networks  # noqa: E402


def main(network, weights_file, inputs_file, folder, threads, device, form):
    torch.set_num_threads(int(threads))
    weights, inputs = read(weights_file, device), read(inputs_file, device)
    run = getattr(torch_networks, network)
    if form == "compiled":
        run = torch.compile(run, dynamic=False)
    names = formats_of(weights, form)
    with torch.inference_mode():
        for name in names:
            arrange(weights, inputs, name)
            outputs_of(run, weights, inputs)
        reply({"version": torch.__version__})
        for line in sys.stdin:
            if line.strip() == "choose":
                reply(chosen(run, weights, inputs, names, folder))
            else:
                reply([seconds(run, weights, inputs) for _ in range(int(line))])


def formats_of(weights, form):
    """A network whose only convolution cuts a picture into patches has nothing to gain from another format."""
    if not any(tensor.dim() == 4 and tensor.shape[-1] == 3 for tensor in weights.values()):
        return ["contiguous"]
    return ["channels_last"] if form == "compiled" else ["contiguous", "channels_last"]


def chosen(run, weights, inputs, names, folder):
    found = {}
    for name in names:
        arrange(weights, inputs, name)
        # The first run makes PyTorch's kernels.
        found[name] = [seconds(run, weights, inputs) for _ in range(2)][-1]
    best = min(found, key=found.get)
    arrange(weights, inputs, best)
    for name, output in outputs_of(run, weights, inputs).items():
        write(output, os.path.join(folder, name + ".f32"))
    return best


def outputs_of(run, weights, inputs):
    return {name: output.cpu() for name, output in run(weights, **inputs).items()}


def seconds(run, weights, inputs):
    start = time.perf_counter()
    outputs_of(run, weights, inputs)
    return time.perf_counter() - start


def arrange(weights, inputs, name):
    for tensors in (weights, inputs):
        reorder(tensors, getattr(torch, "contiguous_format" if name == "contiguous" else name))


def reorder(tensors, memory_format):
    for name, tensor in tensors.items():
        if tensor.dim() == 4:
            tensors[name] = tensor.contiguous(memory_format=memory_format)


def read(file, device):
    """The tensors of a .safetensors file of floats, each in memory of its own: in 32 bits, or on a card in 16."""
    floats = torch.float32 if device == "cpu" else torch.float16
    with open(file, "rb") as stream:
        length = int.from_bytes(stream.read(8), "little")
        entries = json.loads(stream.read(length))
        tensors = {}
        for name, entry in entries.items():
            tensor = torch.empty(entry["shape"], dtype={"F32": torch.float32, "F16": torch.float16}[entry["dtype"]])
            start, end = entry["data_offsets"]
            stream.seek(8 + length + start)
            stream.readinto((ctypes.c_char * (end - start)).from_address(tensor.data_ptr()))
            tensors[name] = tensor.to(device, floats)
        return tensors


def write(tensor, file):
    tensor = tensor.float().contiguous()
    with open(file, "wb") as stream:
        stream.write(ctypes.string_at(tensor.data_ptr(), 4 * tensor.numel()))


def reply(value):
    print(json.dumps(value), flush=True)


main(*sys.argv[1:])
