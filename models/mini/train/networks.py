"""Builds the networks from config.json, or reads them from a folder in their official layout."""

import json
import os
import warnings

import torch
from diffusers import AutoencoderKL, UNet2DConditionModel
from diffusers.utils import logging as diffusers_logging
from transformers import CLIPConfig, CLIPModel, CLIPTextConfig, CLIPTextModel, ViTConfig, ViTModel
from transformers.utils import logging as transformers_logging

warnings.filterwarnings("ignore", message=".*torch_dtype.*")
diffusers_logging.set_verbosity_error()
transformers_logging.set_verbosity_error()
transformers_logging.disable_progress_bar()

CLIP_MEAN, CLIP_STD = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)
VIT_MEAN, VIT_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
SCHEDULE = {
    "beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear", "num_train_timesteps": 1000,
    "prediction_type": "v_prediction",
}
_KINDS = {
    "clip": CLIPModel, "scorer": CLIPModel, "vit": ViTModel, "vae": AutoencoderKL, "unet": UNet2DConditionModel,
    "text_encoder": CLIPTextModel,
}


def build(name, config, tokenizer):
    """A network with fresh weights."""
    sizes = config[name]["sizes"]
    if name in ("clip", "scorer"):
        text = {
            **sizes["text"], "vocab_size": len(tokenizer.vocabulary), "max_position_embeddings": tokenizer.positions,
            "bos_token_id": tokenizer.start, "eos_token_id": tokenizer.end, "pad_token_id": tokenizer.end,
            "hidden_act": "quick_gelu", "projection_dim": sizes["projection_dim"],
        }
        vision = {**sizes["vision"], "hidden_act": "quick_gelu", "projection_dim": sizes["projection_dim"]}
        return CLIPModel(CLIPConfig(text_config=text, vision_config=vision, projection_dim=sizes["projection_dim"]))
    if name == "vit":
        return ViTModel(ViTConfig(**sizes, qkv_bias=True, attn_implementation="eager"), add_pooling_layer=False)
    if name == "vae":
        blocks = len(sizes["block_out_channels"])
        return AutoencoderKL(
            in_channels=3, out_channels=3, down_block_types=["DownEncoderBlock2D"] * blocks,
            up_block_types=["UpDecoderBlock2D"] * blocks, mid_block_add_attention=False, **sizes,
        )
    return UNet2DConditionModel(
        in_channels=9, out_channels=4,
        down_block_types=["DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"],
        up_block_types=["CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"],
        cross_attention_dim=config["clip"]["sizes"]["text"]["hidden_size"], **sizes,
    )


def read(name, folder):
    """A network of 32-bit floats from a folder."""
    kind = _KINDS[name]
    if kind is ViTModel:
        return kind.from_pretrained(folder, add_pooling_layer=False, dtype=torch.float32, attn_implementation="eager")
    if kind in (AutoencoderKL, UNet2DConditionModel):
        return kind.from_pretrained(folder, torch_dtype=torch.float32, low_cpu_mem_usage=False)
    return kind.from_pretrained(folder, dtype=torch.float32)


def text_encoder_of(clip):
    """CLIP's text tower as a network of its own."""
    settings = {key: value for key, value in clip.config.text_config.to_dict().items() if key != "architectures"}
    encoder = CLIPTextModel(CLIPTextConfig(**settings))
    tower = encoder.text_model if hasattr(encoder, "text_model") else encoder
    tower.load_state_dict(clip.text_model.state_dict())
    return encoder


def write_json(path, content):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf8") as file:
        json.dump(content, file, indent=2)
        file.write("\n")


def pixels(images, device):
    """uint8 [n, height, width, 3] as floats [n, 3, height, width] in 0..1."""
    return torch.as_tensor(images).to(device).permute(0, 3, 1, 2).float() / 255


def normalized(images, mean, std):
    """Pictures in 0..1 as a network's image processor has them."""
    shape = (1, 3, 1, 1)
    return (images - torch.tensor(mean, device=images.device).view(shape)) / torch.tensor(
        std, device=images.device
    ).view(shape)
