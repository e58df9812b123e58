"""Records gradients by PyTorch's autograd: of single operators, and of a UNet's prediction with respect to the text.

    pip install torch==2.15.0 diffusers==0.42.1 safetensors
    python3 bench/record/gradients.py
"""

from pathlib import Path

import torch
import torch.nn.functional as F
from diffusers import UNet2DConditionModel
from recording import fill, save_case

TINY = Path(__file__).parents[2] / "test/fixtures/goldens/pipeline-sd15-blend/model/unet"

# Each: the shapes of what is differentiated and of what is only given, and the function of both. The names are those of
# src/goldens/gradients.ts, which writes the same functions as graphs.
OPERATORS = {
    "conv": ([(2, 4, 5, 6), (3,)], [(3, 4, 3, 3)], lambda x, b, w: F.conv2d(x, w, b, padding=1)),
    "conv-stride": ([(2, 4, 5, 6)], [(3, 4, 3, 3)], lambda x, w: F.conv2d(x, w, stride=2, padding=1)),
    "gemm": ([(3, 4), (2, 4), (2,)], [], lambda x, w, b: F.linear(x, w, b)),
    "matmul": ([(2, 3, 2, 4), (2, 3, 4, 5)], [], lambda a, b: a @ b),
    "group-norm": ([(2, 6, 3, 4)], [(6,), (6,)], lambda x, w, b: F.group_norm(x, 3, w, b, 1e-5)),
    "layer-norm": ([(2, 3, 8), (8,), (8,)], [], lambda x, w, b: F.layer_norm(x, (8,), w, b, 1e-5)),
    "attention": (
        [(2, 3, 6), (2, 4, 6), (2, 4, 6)],
        [],
        lambda q, k, v: F.scaled_dot_product_attention(
            *(x.unflatten(-1, (3, 2)).transpose(1, 2) for x in (q, k, v))
        ).transpose(1, 2).flatten(2),
    ),
    "softmax": ([(2, 3, 4)], [], lambda x: x.softmax(-1)),
    "silu": ([(2, 3, 4)], [], F.silu),
    "gelu": ([(2, 3, 4)], [], F.gelu),
    "quick-gelu": ([(2, 3, 4)], [], lambda x: x * torch.sigmoid(1.702 * x)),
    "resize": ([(2, 3, 4, 5)], [], lambda x: F.interpolate(x, scale_factor=2.0, mode="nearest")),
    "slice": ([(3, 4, 5)], [], lambda x: x[:, 1:3, -2:]),
    "concat": ([(2, 3, 4), (2, 2, 4)], [], lambda a, b: torch.cat([a, b], 1)),
    "split": ([(2, 6, 3)], [], lambda x: x.chunk(2, 1)[0] * x.chunk(2, 1)[1]),
    "transpose": ([(2, 3, 4)], [], lambda x: x.permute(2, 0, 1)),
    "reshape": ([(2, 3, 4)], [], lambda x: x.reshape(6, 4)),
    "cast": ([(2, 3)], [], lambda x: x.half().float()),
    "broadcast": ([(2, 3, 4), (3, 1), (4,)], [], lambda a, b, c: (a + b) * c / (1 + b * b)),
    "mean": ([(2, 3, 4)], [], lambda x: x.mean((0, 2))),
}


def operators():
    generator = torch.Generator().manual_seed(1)
    inputs, outputs = {}, {}
    for name, (wanted, given, function) in OPERATORS.items():
        variables = [torch.randn(shape, generator=generator, requires_grad=True) for shape in wanted]
        constants = [torch.randn(shape, generator=generator) for shape in given]
        value = function(*variables, *constants)
        cotangent = torch.randn(value.shape, generator=generator)
        gradients = torch.autograd.grad(value, variables, cotangent)
        inputs |= {f"{name}.{i}": tensor for i, tensor in enumerate([*variables, *constants])}
        inputs[f"{name}.cotangent"] = cotangent
        outputs |= {f"{name}.{i}": gradient for i, gradient in enumerate(gradients)}
    about = "Vector-Jacobian products of single operators by torch.autograd.grad."
    save_case("gradient-operators", "gradient-operators", about, inputs, outputs, 1e-4, {"operators": list(OPERATORS)})


def text_gradient(name, about, height, width, **changes):
    config = UNet2DConditionModel.load_config(TINY)
    unet = fill(UNet2DConditionModel.from_config({**config, **changes}), 21)
    generator = torch.Generator().manual_seed(3)
    sample = torch.randn(2, 4, height, width, generator=generator)
    states = torch.randn(2, 5, config["cross_attention_dim"], generator=generator, requires_grad=True)
    target = torch.randn(2, 4, height, width, generator=generator)
    timestep, factor = torch.tensor([301.0]), torch.tensor([-0.7])
    prediction = unet(sample, timestep, states).sample
    loss = F.mse_loss(factor * prediction, target)
    (gradient,) = torch.autograd.grad(loss, [states])
    inputs = {
        "sample": sample,
        "timestep": timestep,
        "encoder_hidden_states": states,
        "factor": factor,
        "target": target,
    }
    save_case(name, "text-gradient", about, inputs, {"loss": loss, "gradient": gradient}, 1e-4, models={"unet": unet})


if __name__ == "__main__":
    operators()
    about = "mse_loss(factor * prediction, target) of a UNet2DConditionModel, differentiated with respect to the text states"
    text_gradient("text-gradient", f"{about}.", 8, 12)
    odd = f"{about}; its latents do not halve evenly, and its transformers' projections are linear layers, as Stable Diffusion 2's."
    text_gradient("text-gradient-sd2", odd, 7, 9, use_linear_projection=True)
