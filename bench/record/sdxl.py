"""Records Stable Diffusion XL at tiny size: its UNet, both text encoders, whole inpaintings, and one with a LoRA in four steps.

    pip install torch==2.15.0 diffusers==0.42.1 transformers==5.24.0 peft==0.21.2 safetensors
    python3 bench/record/sdxl.py
"""

import json
import shutil
from pathlib import Path

import diffusers.pipelines.stable_diffusion_xl.pipeline_stable_diffusion_xl_inpaint as module
import torch
from diffusers import AutoencoderKL, EulerDiscreteScheduler, StableDiffusionXLInpaintPipeline, UNet2DConditionModel
from recording import FIXTURES, fill, save_case
from safetensors.torch import save_file
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection, CLIPTokenizer

TINY = Path(__file__).parents[2] / "test/fixtures/goldens/pipeline-sd15-inpaint/model"
PROMPT, NEGATIVE = "A photo of a red fox, 4k", "blurry, low quality"
HEIGHT, WIDTH = 32, 64
SCHEDULE = {"beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear", "steps_offset": 1}


def text_config(width, layers, act, projection):
    return CLIPTextConfig(
        vocab_size=574,
        hidden_size=width,
        intermediate_size=2 * width,
        num_hidden_layers=layers,
        num_attention_heads=2,
        hidden_act=act,
        projection_dim=projection,
        max_position_embeddings=77,
        bos_token_id=0,
        eos_token_id=2,
        pad_token_id=1,
    )


def text_encoders():
    first = fill(CLIPTextModel(text_config(8, 3, "quick_gelu", 8)), 31)
    second = fill(CLIPTextModelWithProjection(text_config(12, 4, "gelu", 10)), 32)
    return first, second


def tokenizers(folder):
    """The second pads with an exclamation mark, as the true one does."""
    shutil.copytree(TINY / "tokenizer", folder / "tokenizer", dirs_exist_ok=True)
    other = folder / "tokenizer_2"
    shutil.copytree(TINY / "tokenizer", other, dirs_exist_ok=True)
    for file in ("special_tokens_map.json", "tokenizer_config.json"):
        settings = json.loads((other / file).read_text())
        settings["pad_token"] = "!"
        (other / file).write_text(json.dumps(settings, indent=1) + "\n")
    return CLIPTokenizer.from_pretrained(folder / "tokenizer"), CLIPTokenizer.from_pretrained(other)


def unet(in_channels, seed):
    """The layout of the true one: three levels, none of whose outermost attends, linear projections, two layers of transformers inside."""
    return fill(
        UNet2DConditionModel(
            sample_size=8,
            in_channels=in_channels,
            block_out_channels=(4, 8, 8),
            down_block_types=("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
            up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
            layers_per_block=1,
            transformer_layers_per_block=[1, 1, 2],
            attention_head_dim=[1, 2, 4],
            cross_attention_dim=20,
            use_linear_projection=True,
            norm_num_groups=2,
            addition_embed_type="text_time",
            addition_time_embed_dim=4,
            projection_class_embeddings_input_dim=10 + 6 * 4,
        ),
        seed,
    )


@torch.no_grad()
def record_unet():
    model = unet(9, 41)
    generator = torch.Generator().manual_seed(42)
    inputs, outputs = {}, {}
    for name, (height, width), timestep in [("square", (8, 8), 981), ("wide", (6, 10), 37)]:
        sample = torch.randn(2, 9, height, width, generator=generator)
        states = torch.randn(2, 5, 20, generator=generator)
        pooled = torch.randn(2, 10, generator=generator)
        ids = torch.tensor([[1024.0, 768, 0, 16, 1024, 1024], [511, 333, 8, 0, 640, 1536]])
        added = {"text_embeds": pooled, "time_ids": ids}
        outputs[f"{name}.sample"] = model(sample, timestep, states, added_cond_kwargs=added).sample
        given = {"sample": sample, "timestep": torch.tensor([timestep]), "encoder_hidden_states": states, **added}
        inputs |= {f"{name}.{key}": value for key, value in given.items()}
    about = "UNet2DConditionModel with addition_embed_type text_time and 9 channels, as that of SDXL inpainting; latents that halve evenly and not."
    save_case("unet-sdxl-inpaint", "unet-sdxl-inpaint", about, inputs, outputs, 1e-4, models={"unet": model})


@torch.no_grad()
def record_text_encoders():
    ids = torch.tensor([[0, 12, 300, 7, 573, 573, 573], [0, 5, 573, 0, 0, 0, 0]])
    for part, model in zip(("text_encoder", "text_encoder_2"), text_encoders()):
        out = model(ids, output_hidden_states=True)
        outputs = {"hidden_states_m2": out.hidden_states[-2]}
        if part == "text_encoder_2":
            outputs["text_embeds"] = out.text_embeds
        name = "text-encoder-sdxl" + ("-2" if part == "text_encoder_2" else "")
        about = f"{type(model).__name__} as {part}/ of SDXL: the state before the last layer{', the projection' if len(outputs) > 1 else ''}."
        save_case(name, name, about, {"input_ids": ids}, outputs, 1e-4, models={part: model})


def picture(seed):
    smooth = torch.rand(1, 3, 4, 8, generator=torch.Generator().manual_seed(seed))
    large = torch.nn.functional.interpolate(smooth, (HEIGHT, WIDTH), mode="bicubic").clamp(0, 1)
    return (large * 255).round() / 255


def lora(model, encoders, generator):
    """In kohya-ss's layout: attention, feed-forward and convolutions of the UNet, and both text encoders, each with its alpha."""
    tensors = {}

    def add(root, network, wanted):
        for name, layer in network.named_modules():
            is_layer = isinstance(layer, (torch.nn.Linear, torch.nn.Conv2d))
            if not is_layer or not any(part in name for part in wanted):
                continue
            weight, rank = layer.weight, 2
            at = f"{root}_{name.replace('.', '_')}"
            down = torch.randn(rank, *weight.shape[1:], generator=generator) / weight[0].numel() ** 0.5
            up = torch.randn(weight.shape[0], rank, *[1] * (weight.dim() - 2), generator=generator) / 2
            tensors.update({f"{at}.lora_down.weight": down, f"{at}.lora_up.weight": up, f"{at}.alpha": torch.tensor(1.0)})

    add("lora_unet", model, ["to_q", "to_k", "to_v", "to_out.0", "proj_in", "proj_out", "ff.net", "conv1", "time_emb_proj"])
    for root, encoder in zip(("lora_te1", "lora_te2"), encoders):
        # Newer files leave out a root that LoRAs have.
        text = getattr(encoder, "text_model", encoder)
        add(f"{root}_text_model", text, ["q_proj", "v_proj", "fc1"])
    return tensors


def add_to(encoder, root, tensors):
    """W + alpha / rank * up @ down, https://arxiv.org/abs/2106.09685."""
    added = 0
    for name, layer in getattr(encoder, "text_model", encoder).named_modules():
        at = f"{root}_{name.replace('.', '_')}"
        if f"{at}.alpha" not in tensors:
            continue
        up, down = tensors[f"{at}.lora_up.weight"], tensors[f"{at}.lora_down.weight"]
        layer.weight.data += tensors[f"{at}.alpha"] / len(down) * up @ down
        added += 1
    assert added == 3 * encoder.config.num_hidden_layers


@torch.no_grad()
def record_pipeline(kind, folder, in_channels, seed, runs, steps, guidance, spacing, with_lora=False):
    model = FIXTURES / folder / "model"
    first, second = text_encoders()
    tokenizer, tokenizer_2 = tokenizers(model)
    settings = {**AutoencoderKL.load_config(TINY / "vae"), "scaling_factor": 0.13025, "force_upcast": True}
    vae = AutoencoderKL.from_config(settings).eval()
    vae.load_state_dict(AutoencoderKL.from_pretrained(TINY / "vae").state_dict())
    parts = {"text_encoder": first, "text_encoder_2": second, "unet": unet(in_channels, seed), "vae": vae}
    scheduler = EulerDiscreteScheduler(**SCHEDULE, timestep_spacing=spacing)
    for part, network in parts.items():
        network.save_pretrained(model / part, safe_serialization=True)
    scheduler.save_pretrained(model / "scheduler")
    pipe = StableDiffusionXLInpaintPipeline(
        **parts, tokenizer=tokenizer, tokenizer_2=tokenizer_2, scheduler=scheduler, add_watermarker=False
    )
    pipe.set_progress_bar_config(disable=True)
    generator = torch.Generator().manual_seed(seed + 1)
    if with_lora:
        tensors = lora(parts["unet"], (first, second), generator)
        save_file(tensors, model / "lora.safetensors")
        # With transformers 5, diffusers leaves the text encoders' layers out: their changes are added by hand.
        of_unet = {name: tensor for name, tensor in tensors.items() if name.startswith("lora_unet_")}
        before = parts["unet"].state_dict()["mid_block.attentions.0.proj_in.weight"].clone()
        pipe.load_lora_weights(of_unet)
        pipe.fuse_lora(components=["unet"])
        pipe.unload_lora_weights()
        changed = (parts["unet"].state_dict()["mid_block.attentions.0.proj_in.weight"] - before).abs().max()
        assert changed > 0.01, "the LoRA changes nothing"
        for root, encoder in zip(("lora_te1", "lora_te2"), (first, second)):
            add_to(encoder, f"{root}_text_model", tensors)

    image, mask = picture(seed), torch.zeros(1, 1, HEIGHT, WIDTH)
    whole = 2 * image - 1
    mask[:, :, 8:24, 16:50] = 1
    side = (1, 4, HEIGHT // 8, WIDTH // 8)
    noise, noise_image, noise_masked = (torch.randn(side, generator=generator) for _ in range(3))

    def encode(image, generator=None):
        dist = vae.encode(image).latent_dist
        drawn = noise_image if torch.allclose(image, whole, atol=1e-6) else noise_masked
        return (dist.mean + dist.std * drawn) * vae.config.scaling_factor

    pipe._encode_vae_image = encode
    module.randn_tensor = lambda shape, **rest: noise
    pipe._callback_tensor_inputs = [*pipe._callback_tensor_inputs, "noise_pred"]
    prepare, decode = pipe.prepare_latents, vae.decode
    seen = {}

    def prepared(*args, **rest):
        seen["start_latents"] = (made := prepare(*args, **rest))[0].clone()
        return made

    def decoded(latents, **rest):
        seen["decoded"] = (made := decode(latents, **rest))[0].clone()
        return made

    pipe.prepare_latents, vae.decode = prepared, decoded
    texts = {"prompt": PROMPT, "negative_prompt": NEGATIVE, "guidance_scale": guidance, "num_inference_steps": steps}
    ids = lambda one: one([NEGATIVE, PROMPT], padding="max_length", max_length=77, truncation=True, return_tensors="pt").input_ids
    wanted, away, pooled, pooled_away = pipe.encode_prompt(
        PROMPT, negative_prompt=NEGATIVE, do_classifier_free_guidance=guidance > 1
    )
    together = lambda without, given: torch.cat([without, given]) if guidance > 1 else given
    outputs = {
        "input_ids": ids(tokenizer),
        "input_ids_2": ids(tokenizer_2),
        "prompt_embeds": together(away, wanted),
        "pooled_prompt_embeds": together(pooled_away, pooled),
        "mask_latent": torch.nn.functional.interpolate(mask, side[2:]),
        "masked_image_latents": encode(whole * (mask < 0.5)),
        "image_latents": encode(whole),
    }
    for run, strength in runs.items():
        latents, predictions, timesteps = [], [], []

        def keep(pipe, step, timestep, values):
            latents.append(values["latents"].clone())
            predictions.append(values["noise_pred"].clone())
            timesteps.append(int(timestep))
            return {}

        made = pipe(
            image=image,
            mask_image=mask,
            height=HEIGHT,
            width=WIDTH,
            strength=strength,
            output_type="pt",
            callback_on_step_end=keep,
            callback_on_step_end_tensor_inputs=["latents", "noise_pred"],
            **texts,
        ).images
        walked = {
            "timesteps": torch.tensor(timesteps),
            "start_latents": seen["start_latents"],
            "latents": torch.stack(latents),
            "noise_pred": torch.stack(predictions),
            "decoded": seen["decoded"],
            "image": made,
        }
        outputs |= {f"{run}.{key}": value for key, value in walked.items()}
    inputs = {"image": image, "mask": mask, "noise": noise, "vae_noise_image": noise_image, "vae_noise_masked": noise_masked}
    loras = [{"file": "lora.safetensors", "scale": 1}] if with_lora else []
    params = {**texts, "runs": runs, "loras": loras}
    about = f"StableDiffusionXLInpaintPipeline with a UNet of {in_channels} channels, Euler with {spacing} timesteps{', and a LoRA of UNet and both text encoders' if with_lora else ''}."
    save_case(folder, kind, about, inputs, outputs, 1e-3, params)


if __name__ == "__main__":
    record_unet()
    record_text_encoders()
    both = {"full": 1.0, "partial": 0.75}
    record_pipeline("pipeline-sdxl-inpaint", "pipeline-sdxl-inpaint", 9, 51, both, 5, 7.5, "leading")
    record_pipeline("pipeline-sdxl-blend", "pipeline-sdxl-blend", 4, 61, both, 5, 5.0, "leading")
    few = {"full": 1.0}
    record_pipeline("pipeline-sdxl-inpaint", "pipeline-sdxl-lightning", 9, 71, few, 4, 1.0, "trailing", with_lora=True)
