"""Records FLUX.2's transformer, how its latents are packed and placed, and walks of flow matching.

    pip install torch==2.15.0 diffusers==0.42.1 transformers safetensors
    python3 bench/record/flux2.py
"""

import json
from pathlib import Path

import numpy as np
import torch
from diffusers import FlowMatchEulerDiscreteScheduler, Flux2KleinInpaintPipeline, Flux2Transformer2DModel
from diffusers.pipelines.flux2.pipeline_flux2_klein_inpaint import compute_empirical_mu
from recording import fill, save_case

FIXTURES = Path(__file__).parents[2] / "test/fixtures/goldens"

# All that a schedule of FLUX.2 hangs on is `use_dynamic_shifting`; the shift itself is the pipelines' own.
KLEIN = {
    "_class_name": "FlowMatchEulerDiscreteScheduler",
    "base_image_seq_len": 256,
    "base_shift": 0.5,
    "invert_sigmas": False,
    "max_image_seq_len": 4096,
    "max_shift": 1.15,
    "num_train_timesteps": 1000,
    "shift": 3.0,
    "shift_terminal": None,
    "stochastic_sampling": False,
    "time_shift_type": "exponential",
    "use_beta_sigmas": False,
    "use_dynamic_shifting": True,
    "use_exponential_sigmas": False,
    "use_karras_sigmas": False,
}


def scheduler_of(config):
    return FlowMatchEulerDiscreteScheduler(**{key: value for key, value in config.items() if key != "_class_name"})


@torch.no_grad()
def flow_match():
    """Schedules of models that sample by flow matching."""
    static = {**KLEIN, "use_dynamic_shifting": False}
    runs = {
        "klein_square": (KLEIN, 4, {"mu": compute_empirical_mu(4096, 4), "levels": "whole"}),
        "klein_wide": (KLEIN, 4, {"mu": compute_empirical_mu(4608, 4), "levels": "whole"}),
        "klein_many": (KLEIN, 12, {"mu": compute_empirical_mu(1024, 12), "levels": "whole"}),
        "static": (static, 6, {}),
        "one_step": ({**static, "shift": 1.0}, 1, {}),
        "linear": ({**KLEIN, "time_shift_type": "linear"}, 5, {"mu": 1.7}),
        "terminal": ({**KLEIN, "shift_terminal": 0.02}, 5, {"mu": 0.9, "levels": "whole"}),
    }
    generator = torch.Generator().manual_seed(1)
    shape = (2, 6, 4)
    inputs = {name: torch.randn(shape, generator=generator) for name in ["original", "add_noise", "start_noise"]}
    outputs = {}
    for name, (config, steps, options) in runs.items():
        scheduler = scheduler_of(config)
        levels = np.linspace(1.0, 1 / steps, steps) if options.get("levels") == "whole" else None
        scheduler.set_timesteps(steps if levels is None else None, sigmas=levels, mu=options.get("mu"))
        outputs[f"{name}.timesteps"] = scheduler.timesteps.clone()
        outputs[f"{name}.sigmas"] = scheduler.sigmas.clone()
        rows = [0, steps // 2, steps - 1]
        outputs[f"{name}.add_noise"] = torch.stack(
            [scheduler.scale_noise(inputs["original"], scheduler.timesteps[row : row + 1], inputs["add_noise"]) for row in rows]
        )
        model_outputs = torch.randn((steps, *shape), generator=generator)
        inputs[f"{name}.model_outputs"] = model_outputs
        sample, walked = inputs["start_noise"], []
        for index, timestep in enumerate(scheduler.timesteps):
            sample = scheduler.step(model_outputs[index], timestep, sample).prev_sample
            walked.append(sample)
        outputs[f"{name}.trajectory"] = torch.stack(walked)
    sizes = [(256, 4), (1024, 4), (1024, 50), (4096, 4), (4096, 28), (4300, 4), (4301, 4), (9216, 8)]
    outputs["flux2_shift"] = torch.tensor([compute_empirical_mu(*size) for size in sizes])
    params = {
        "sizes": sizes,
        "runs": {
            name: {"scheduler_config": config, "steps": steps, **options}
            for name, (config, steps, options) in runs.items()
        },
    }
    about = "FlowMatchEulerDiscreteScheduler: shifts by a picture's size as FLUX.2's pipelines fit them, linear ones, fixed ones, a last level above 0."
    save_case("flow-match", "flow-match", about, inputs, outputs, 1e-5, params=params, fixtures=FIXTURES)


class InShards:
    """Saves a model as hubs have large ones: 16-bit floats in several files."""

    def __init__(self, model):
        self.model = model

    def save_pretrained(self, folder, **options):
        self.model.to(torch.bfloat16).save_pretrained(folder, max_shard_size="200KB", **options)


def tiny():
    model = Flux2Transformer2DModel(
        patch_size=1,
        in_channels=16,
        num_layers=2,
        num_single_layers=2,
        attention_head_dim=16,
        num_attention_heads=3,
        joint_attention_dim=20,
        timestep_guidance_channels=12,
        mlp_ratio=3.0,
        axes_dims_rope=(4, 4, 4, 4),
        rope_theta=2000,
        guidance_embeds=False,
    )
    fill(model, 3)
    for parameter in model.parameters():
        parameter.data = parameter.data.bfloat16().float()
    return model


@torch.no_grad()
def transformer():
    model = tiny()
    generator = torch.Generator().manual_seed(4)
    latents = torch.randn(2, 4, 6, 4, generator=generator)
    shown = torch.randn(2, 4, 4, 8, generator=generator)
    text = torch.randn(2, 5, 20, generator=generator)
    pipeline = Flux2KleinInpaintPipeline
    patched, patched_shown = pipeline._patchify_latents(latents), pipeline._patchify_latents(shown)
    packed, packed_shown = pipeline._pack_latents(patched), pipeline._pack_latents(patched_shown)
    words = pipeline._prepare_text_ids(text)
    places = pipeline._prepare_latent_ids(patched)
    shown_places = pipeline._prepare_image_ids([patched_shown[:1], patched_shown[1:]], 1)
    outputs = {"packed": packed, "ids": torch.cat([words[:1], places[:1], shown_places], dim=1)}

    kept = {}

    def keep(name):
        def hook(_module, _inputs, made):
            if isinstance(made, tuple):
                kept[f"{name}.text"], kept[f"{name}.image"] = made
            else:
                kept[f"{name}.states"] = made

        return hook

    for part in ["transformer_blocks", "single_transformer_blocks"]:
        for index, block in enumerate(getattr(model, part)):
            block.register_forward_hook(keep(f"{part}.{index}"))
    arguments = {"encoder_hidden_states": text, "txt_ids": words, "return_dict": False}
    velocity = model(hidden_states=packed, timestep=torch.tensor([0.9, 0.9]), img_ids=places, **arguments)[0]
    outputs |= {"velocity": velocity, **kept}

    # The same with both pictures shown as well, at another timestep.
    both = torch.cat([packed, packed_shown[:1].expand(2, -1, -1), packed_shown[1:].expand(2, -1, -1)], dim=1)
    ids = torch.cat([places, shown_places.expand(2, -1, -1)], dim=1)
    seen = model(hidden_states=both, timestep=torch.tensor([0.125, 0.125]), img_ids=ids, **arguments)[0]
    outputs["shown.velocity"] = seen

    # Four steps, as Flux2KleinInpaintPipeline takes them: the source is shown, and what is known is put back after each step.
    scheduler = scheduler_of(KLEIN)
    tokens = packed.shape[1]
    scheduler.set_timesteps(sigmas=np.linspace(1.0, 1 / 4, 4), mu=compute_empirical_mu(tokens, 4))
    noise = torch.randn(packed.shape, generator=generator)
    mask = (torch.arange(tokens) % 3 > 0).float()[None, :, None]
    source_places = pipeline._prepare_image_ids([patched[:1]], 1).expand(2, -1, -1)
    ids = torch.cat([places, source_places], dim=1)
    sample, walked = noise, []
    for index, timestep in enumerate(scheduler.timesteps):
        stacked = torch.cat([sample, packed], dim=1)
        share = timestep.expand(2) / 1000
        velocity = model(hidden_states=stacked, timestep=share, img_ids=ids, **arguments)[0][:, :tokens]
        sample = scheduler.step(velocity, timestep, sample, return_dict=False)[0]
        known = packed
        if index < 3:
            known = scheduler.scale_noise(packed, scheduler.timesteps[index + 1 : index + 2], noise)
        sample = (1 - mask) * known + mask * sample
        walked.append(sample)
    outputs["walk"] = torch.stack(walked)
    unpacked = pipeline._unpatchify_latents(pipeline._unpack_latents_with_ids(sample, places))
    outputs["unpacked"] = unpacked

    inputs = {"latents": latents, "shown": shown, "text": text, "noise": noise, "mask": mask}
    params = {"scheduler_config": KLEIN, "timesteps": [900.0, 125.0], "steps": 4}
    about = "Flux2Transformer2DModel in the layout of black-forest-labs/FLUX.2-klein-4B: states after each block of both kinds, pictures that are shown, an inpainting of four steps."
    models = {"transformer": InShards(model)}
    save_case("flux2", "flux2", about, inputs, outputs, 1e-4, params=params, models=models, fixtures=FIXTURES)


flow_match()
transformer()
