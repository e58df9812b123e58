"""PyTorch's side of `bench/nets.ts`: python3 nets_torch.py NETWORK WEIGHTS INPUTS FOLDER THREADS

Runs one network in PyTorch's faster memory format, writes its outputs as raw floats to FOLDER/NAME.f32, and prints one
line of JSON about itself. Then each line of standard input, a number of runs, is answered by a line of their seconds.
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


def main(network, weights_file, inputs_file, folder, threads):
    torch.set_num_threads(int(threads))
    weights, inputs = read(weights_file), read(inputs_file)
    run = getattr(torch_networks, network)
    with torch.inference_mode():
        plain = measured(run, weights, inputs)
        formats = {"contiguous": plain}
        if any(tensor.dim() == 4 and tensor.shape[-1] == 3 for tensor in weights.values()):
            for tensors in (weights, inputs):
                reorder(tensors, torch.channels_last)
            formats["channels_last"] = measured(run, weights, inputs)
            if plain < formats["channels_last"]:
                for tensors in (weights, inputs):
                    reorder(tensors, torch.contiguous_format)
        for name, output in run(weights, **inputs).items():
            write(output.contiguous(), os.path.join(folder, name + ".f32"))
        reply({"version": torch.__version__, "format": min(formats, key=formats.get)})
        for line in sys.stdin:
            reply([seconds(run, weights, inputs) for _ in range(int(line))])


def measured(run, weights, inputs):
    """Seconds of a second run: the first one makes PyTorch's kernels."""
    run(weights, **inputs)
    return seconds(run, weights, inputs)


def seconds(run, weights, inputs):
    start = time.perf_counter()
    run(weights, **inputs)
    return time.perf_counter() - start


def reorder(tensors, memory_format):
    for name, tensor in tensors.items():
        if tensor.dim() == 4:
            tensors[name] = tensor.contiguous(memory_format=memory_format)


def read(file):
    """The tensors of a .safetensors file of 32-bit floats, each in memory of its own."""
    with open(file, "rb") as stream:
        length = int.from_bytes(stream.read(8), "little")
        entries = json.loads(stream.read(length))
        tensors = {}
        for name, entry in entries.items():
            tensor = torch.empty(entry["shape"])
            start, end = entry["data_offsets"]
            stream.seek(8 + length + start)
            stream.readinto((ctypes.c_char * (end - start)).from_address(tensor.data_ptr()))
            tensors[name] = tensor
        return tensors


def write(tensor, file):
    with open(file, "wb") as stream:
        stream.write(ctypes.string_at(tensor.data_ptr(), 4 * tensor.numel()))


def reply(value):
    print(json.dumps(value), flush=True)


main(*sys.argv[1:])
