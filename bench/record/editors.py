"""Records methods that edit whole pictures, on the tiny networks of the case pipeline-sd15-blend.

    pip install torch==2.15.0 diffusers==0.42.1 transformers safetensors
    python3 bench/record/editors.py
"""

import shutil
from pathlib import Path

import torch
from diffusers import (
    AutoencoderKL,
    DDIMInverseScheduler,
    DDIMScheduler,
    EulerAncestralDiscreteScheduler,
    StableDiffusionDiffEditPipeline,
    StableDiffusionInstructPix2PixPipeline,
    UNet2DConditionModel,
)
from recording import FIXTURES, fill, save_case
from transformers import CLIPTextModel, CLIPTokenizer

TINY = Path(__file__).parents[2] / "test/fixtures/goldens/pipeline-sd15-blend/model"
SCHEDULE = {"beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear", "num_train_timesteps": 1000}

# Pictures are written as bytes: one of them is 0.004.
TOLERANCES = {"out.image": 0.005, "": 1e-3}


def parts(in_channels, seed):
    config = UNet2DConditionModel.load_config(TINY / "unet")
    unet = fill(UNet2DConditionModel.from_config({**config, "in_channels": in_channels}), seed)
    return {
        "unet": unet,
        "vae": AutoencoderKL.from_pretrained(TINY / "vae").eval(),
        "text_encoder": CLIPTextModel.from_pretrained(TINY / "text_encoder").eval(),
        "tokenizer": CLIPTokenizer.from_pretrained(TINY / "tokenizer"),
        "safety_checker": None,
        "feature_extractor": None,
        "requires_safety_checker": False,
    }


def keep_model(name, pipe):
    """The networks as the hub lays them out; texts and autoencoder are those of the other case."""
    model = FIXTURES / name / "model"
    for part in ("vae", "text_encoder", "tokenizer"):
        shutil.copytree(TINY / part, model / part, dirs_exist_ok=True)
    pipe.unet.save_pretrained(model / "unet", safe_serialization=True)
    pipe.scheduler.save_pretrained(model / "scheduler")


def recording_steps(pipe):
    """Latents after each step, by a callback that both pipelines call."""
    steps = []
    return steps, lambda step, timestep, latents: steps.append(latents.clone())


def image(seed):
    smooth = torch.rand(1, 3, 6, 8, generator=torch.Generator().manual_seed(seed))
    picture = torch.nn.functional.interpolate(smooth, (24, 32), mode="bicubic").clamp(0, 1)
    return (picture * 255).round() / 255


@torch.no_grad()
def instruct_pix2pix():
    scheduler = EulerAncestralDiscreteScheduler(**SCHEDULE, steps_offset=1, timestep_spacing="leading")
    pipe = StableDiffusionInstructPix2PixPipeline(**parts(8, 11), scheduler=scheduler)
    pipe.set_progress_bar_config(disable=True)
    picture = image(1)
    drawn = []

    def draw(shape, generator=None, device=None, dtype=None, layout=None):
        drawn.append(torch.randn(shape, generator=torch.Generator().manual_seed(100 + len(drawn)), dtype=dtype))
        return drawn[-1]

    import diffusers.pipelines.stable_diffusion.pipeline_stable_diffusion_instruct_pix2pix as module
    import diffusers.schedulers.scheduling_euler_ancestral_discrete as sampling

    module.randn_tensor = sampling.randn_tensor = draw
    steps, callback = recording_steps(pipe)
    params = {"prompt": "make it a red house", "negative_prompt": "", "guidance_scale": 7.5, "num_inference_steps": 4}
    out = pipe(image=2 * picture - 1, **params, output_type="pt", callback=callback, callback_steps=1).images
    inputs = {"image": picture, "noise": drawn[0], "step_noise": torch.stack(drawn[1:])}
    outputs = {"latents": torch.stack(steps), "image": out}
    about = "StableDiffusionInstructPix2PixPipeline: UNet of 8 channels, guidances 7.5 and 1.5, Euler ancestral."
    keep_model("editor-instruct-pix2pix", pipe)
    save_case("editor-instruct-pix2pix", "editor-instruct-pix2pix", about, inputs, outputs, TOLERANCES, params)


@torch.no_grad()
def diffedit():
    scheduler = DDIMScheduler(**SCHEDULE, clip_sample=False, set_alpha_to_one=False, steps_offset=1)
    pipe = StableDiffusionDiffEditPipeline(
        **parts(4, 12), scheduler=scheduler, inverse_scheduler=DDIMInverseScheduler.from_config(scheduler.config)
    )
    pipe.set_progress_bar_config(disable=True)
    picture = image(2)
    maps = torch.randn(10, 4, 12, 16, generator=torch.Generator().manual_seed(5))
    mean = pipe.vae.encode(2 * picture - 1).latent_dist.mode() * pipe.vae.config.scaling_factor
    maps = maps[:, :, : mean.shape[2], : mean.shape[3]].contiguous()
    pipe.prepare_image_latents = lambda image, batch, *rest, **more: mean.repeat(batch, 1, 1, 1)

    import diffusers.pipelines.deprecated.stable_diffusion_diffedit.pipeline_stable_diffusion_diffedit as module

    module.randn_tensor = lambda shape, **more: maps
    texts = {"prompt": "a red house", "source": "a dog", "negative_prompt": "", "guidance_scale": 7.5}
    params = {**texts, "num_inference_steps": 5}
    shared = {"num_inference_steps": 5, "guidance_scale": 7.5}
    mask = pipe.generate_mask(2 * picture - 1, texts["prompt"], source_prompt=texts["source"], **shared)
    inverted = pipe.invert(
        texts["source"], 2 * picture - 1, num_inference_steps=5, guidance_scale=1.0, inpaint_strength=0.8
    ).latents
    steps, callback = recording_steps(pipe)
    watched = {"output_type": "pt", "callback": callback, "callback_steps": 1}
    out = pipe(texts["prompt"], mask, inverted, inpaint_strength=0.8, **shared, **watched).images
    assert 0 < mask.mean() < 1, "the mask is trivial"
    inputs = {"image": picture, "map_noise": maps}
    outputs = {
        "mask": torch.as_tensor(mask).float(),
        "inverted": inverted[0].flip(0),
        "latents": torch.stack(steps),
        "image": out,
    }
    about = "StableDiffusionDiffEditPipeline and DDIMInverseScheduler: mask, inversion for the source, masked denoising."
    keep_model("editor-diffedit", pipe)
    save_case("editor-diffedit", "editor-diffedit", about, inputs, outputs, TOLERANCES, params)


@torch.no_grad()
def inversions():
    """Trajectories of the inverse scheduler alone, with recorded outputs of a UNet."""
    generator = torch.Generator().manual_seed(7)
    inputs, outputs, params = {}, {}, {}
    runs = {
        "leading": {"clip_sample": False, "set_alpha_to_one": False, "steps_offset": 1},
        "trailing": {"clip_sample": False, "set_alpha_to_one": True, "timestep_spacing": "trailing"},
        "velocity": {"clip_sample": False, "prediction_type": "v_prediction", "timestep_spacing": "trailing"},
    }
    for name, options in runs.items():
        scheduler = DDIMInverseScheduler(**SCHEDULE, **options)
        scheduler.set_timesteps(6)
        sample = torch.randn(1, 4, 3, 2, generator=generator)
        model_outputs = torch.randn(6, 1, 4, 3, 2, generator=generator)
        inputs |= {f"{name}.sample": sample, f"{name}.model_outputs": model_outputs}
        walked = []
        for index, timestep in enumerate(scheduler.timesteps):
            sample = scheduler.step(model_outputs[index], timestep, sample).prev_sample
            walked.append(sample)
        outputs |= {f"{name}.samples": torch.stack(walked), f"{name}.timesteps": scheduler.timesteps}
        params[name] = {**SCHEDULE, **{"steps_offset": 0}, **options}
    save_case("ddim-inversion", "ddim-inversion", "DDIMInverseScheduler.", inputs, outputs, 1e-4, params)


if __name__ == "__main__":
    instruct_pix2pix()
    diffedit()
    inversions()
