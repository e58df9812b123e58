"""A LoRA over a network: narrow layers beside its linear layers and convolutions, https://arxiv.org/abs/2106.09685."""

import os

import torch
from safetensors.torch import load_file, save_file
from torch.nn import Conv2d, Linear, Module

# The file's names for the two parts are PEFT's, under the network's name as diffusers has it.
PREFIX, DOWN, UP = "unet", "lora_A.weight", "lora_B.weight"


class LowRank(Module):
    """A layer with a change of rank `rank` beside it that starts at nothing."""

    def __init__(self, layer, rank):
        super().__init__()
        self.layer, self.is_on = layer, True
        if isinstance(layer, Conv2d):
            how = {"stride": layer.stride, "padding": layer.padding, "bias": False}
            self.down = Conv2d(layer.in_channels, rank, layer.kernel_size, **how)
            self.up = Conv2d(rank, layer.out_channels, 1, bias=False)
        else:
            self.down = Linear(layer.in_features, rank, bias=False)
            self.up = Linear(rank, layer.out_features, bias=False)
        torch.nn.init.zeros_(self.up.weight)

    def forward(self, seen):
        given = self.layer(seen)
        return given + self.up(self.down(seen)) if self.is_on else given


def add_low_rank(net, rank):
    """Freezes a network and puts a change of `rank` beside each of its layers."""
    net.requires_grad_(False)
    layers = [(name, layer) for name, layer in net.named_modules() if isinstance(layer, (Linear, Conv2d))]
    for name, layer in layers:
        parent, _, last = name.rpartition(".")
        setattr(net.get_submodule(parent), last, LowRank(layer, rank))


def switch_low_rank(net, is_on):
    """Whether the changes of a network count."""
    for layer in net.modules():
        if isinstance(layer, LowRank):
            layer.is_on = is_on


def write_low_rank(net, file):
    """Writes the changes as 16-bit floats. The product, diffusers and PEFT add up · down as it is: nothing scales it."""
    tensors = {}
    for name, layer in net.named_modules():
        if isinstance(layer, LowRank):
            for part, weight in ((DOWN, layer.down.weight), (UP, layer.up.weight)):
                tensors[f"{PREFIX}.{name}.{part}"] = weight.detach().half().contiguous().cpu()
    os.makedirs(os.path.dirname(file), exist_ok=True)
    save_file(tensors, file + ".new", metadata={"format": "pt"})
    os.replace(file + ".new", file)


@torch.no_grad()
def merge_low_rank(net, file, scale=1.0):
    """Adds the changes of a file to a network's weights."""
    tensors = load_file(file)
    for name in sorted(tensor.removesuffix(f".{DOWN}") for tensor in tensors if tensor.endswith(DOWN)):
        up, down = (tensors[f"{name}.{part}"].float() for part in (UP, DOWN))
        weight = net.get_submodule(name.removeprefix(f"{PREFIX}.")).weight
        weight += scale * (up.flatten(1) @ down.flatten(1)).view_as(weight).to(weight)
    return net
