"""How far FLUX.2's transformer errs in 16-bit floats, with random weights: PyTorch on the CPU, largest error over largest number.

    pip install torch==2.15.0 diffusers==0.42.1 transformers safetensors
    python3 bench/flux2_floats.py
"""

import sys
from pathlib import Path

import torch
from diffusers import Flux2Transformer2DModel

sys.path.insert(0, str(Path(__file__).parent / "record"))
from recording import fill  # noqa: E402


@torch.no_grad()
def errors(blocks, singles, heads, head):
    model = Flux2Transformer2DModel(
        in_channels=16,
        num_layers=blocks,
        num_single_layers=singles,
        attention_head_dim=head,
        num_attention_heads=heads,
        joint_attention_dim=20,
        timestep_guidance_channels=12,
        axes_dims_rope=(head // 4,) * 4,
        guidance_embeds=False,
    )
    fill(model, 3)
    generator = torch.Generator().manual_seed(4)
    latents = torch.randn(1, 64, 16, generator=generator)
    text = torch.randn(1, 12, 20, generator=generator)
    one = torch.arange(1)
    places = torch.cartesian_prod(one, torch.arange(8), torch.arange(8), one)
    words = torch.cartesian_prod(one, one, one, torch.arange(12))
    made = {}
    # Weights are rounded to bfloat16 first, as they are published.
    for floats in [torch.bfloat16, torch.float32, torch.float16]:
        model.to(floats)
        made[floats] = model(
            hidden_states=latents.to(floats),
            encoder_hidden_states=text.to(floats),
            timestep=torch.tensor([0.7], dtype=floats),
            img_ids=places,
            txt_ids=words,
            return_dict=False,
        )[0].float()
    exact = made[torch.float32]
    return [float((made[floats] - exact).abs().max() / exact.abs().max()) for floats in [torch.bfloat16, torch.float16]]


torch.set_num_threads(1)
for size in [(2, 2, 3, 16), (5, 20, 3, 16), (5, 20, 6, 32)]:
    in_bfloat16, in_float16 = errors(*size)
    print(f"{size[0]} + {size[1]} blocks, {size[2] * size[3]} wide: bfloat16 {in_bfloat16:.4f}, float16 {in_float16:.4f}")
