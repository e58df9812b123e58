"""What the recordings of golden cases share: a case's folder, laid out as docs/goldens.md says."""

import json
from pathlib import Path

import torch
from safetensors.torch import save_file

FIXTURES = Path(__file__).parents[2] / "test/fixtures/more-goldens"


def fill(module, seed, scale=1.0):
    """Random weights: norms near 1, all else small enough that no layer saturates."""
    generator = torch.Generator().manual_seed(seed)
    for name, parameter in module.named_parameters():
        noise = torch.randn(parameter.shape, generator=generator)
        fan_in = parameter[0].numel() if parameter.dim() > 1 else 1
        is_norm = parameter.dim() == 1 and name.endswith("weight")
        parameter.data = 1 + 0.2 * noise if is_norm else scale * noise / max(fan_in, 4) ** 0.5
    return module.eval()


def save_case(name, kind, about, inputs, outputs, tolerance, params=None, models=None, fixtures=FIXTURES):
    """Writes a case. `tolerance` is one for all outputs or one for each, "" for the others; `models` maps folders of its `model/` to what `save_pretrained` saves."""
    folder = fixtures / name
    folder.mkdir(parents=True, exist_ok=True)
    for part, model in (models or {}).items():
        model.save_pretrained(folder / "model" / part, safe_serialization=True)
    tensors = {f"in.{key}": value for key, value in inputs.items()}
    tensors |= {f"out.{key}": value for key, value in outputs.items()}
    save_file({key: value.detach().contiguous().clone() for key, value in tensors.items()}, folder / "io.safetensors")
    described = {
        "name": kind,
        "about": about,
        "params": params or {},
        "inputs": {key: described_tensor(value) for key, value in tensors.items() if key.startswith("in.")},
        "outputs": {
            key: described_tensor(value, tolerance_of(key, tolerance))
            for key, value in tensors.items()
            if key.startswith("out.")
        },
    }
    (folder / "case.json").write_text(json.dumps(described, indent=1) + "\n")


def tolerance_of(key, tolerance):
    return tolerance.get(key, tolerance[""]) if isinstance(tolerance, dict) else tolerance


def described_tensor(value, tolerance=None):
    kind = {torch.float32: "float32", torch.int64: "int64"}[value.dtype]
    described = {"dtype": kind, "shape": list(value.shape)}
    if tolerance is not None and kind == "float32":
        described |= {"scale": round(float(value.abs().max()), 4), "max_abs_over_scale": tolerance}
    return described
