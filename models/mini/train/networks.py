"""Builds the networks from config.json, or reads them from a folder in their official layout.

The scorer is the one network without an official layout: it judges, and is not part of the pack.
"""

import functools
import json
import os
import warnings

import torch
from diffusers import AutoencoderKL, UNet2DConditionModel, UVit2DModel, VQModel
from diffusers.utils import logging as diffusers_logging
from safetensors.torch import load_file, save_file
from transformers import CLIPConfig, CLIPModel, CLIPTextConfig, CLIPTextModel, ResNetConfig, ResNetModel
from transformers import ViTConfig, ViTModel
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
    "clip": CLIPModel, "vit": ViTModel, "vae": AutoencoderKL, "unet": UNet2DConditionModel,
    "text_encoder": CLIPTextModel, "vq": VQModel, "tokens": UVit2DModel,
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
        if name == "scorer":
            return Scorer({"text": text, "vision": sizes["vision"], "projection_dim": sizes["projection_dim"]})
        vision = {**sizes["vision"], "hidden_act": "quick_gelu", "projection_dim": sizes["projection_dim"]}
        return CLIPModel(CLIPConfig(text_config=text, vision_config=vision, projection_dim=sizes["projection_dim"]))
    if name == "vit":
        return ViTModel(ViTConfig(**sizes, qkv_bias=True, attn_implementation="eager"), add_pooling_layer=False)
    if name in ("vae", "vq"):
        blocks = len(sizes["block_out_channels"])
        return _KINDS[name](
            in_channels=3, out_channels=3, down_block_types=["DownEncoderBlock2D"] * blocks,
            up_block_types=["UpDecoderBlock2D"] * blocks, mid_block_add_attention=False, **sizes,
        )
    if name == "tokens":
        text, entries = config["clip"]["sizes"], config["vq"]["sizes"]["num_vq_embeddings"]
        # Behind the codebook's entries there is the mask's.
        return UVit2DModel(
            encoder_hidden_size=text["text"]["hidden_size"], cond_embed_dim=text["projection_dim"],
            codebook_size=entries, vocab_size=entries + 1, **sizes,
        )
    return UNet2DConditionModel(
        in_channels=9, out_channels=4,
        down_block_types=["DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"],
        up_block_types=["CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"],
        cross_attention_dim=config["clip"]["sizes"]["text"]["hidden_size"], **sizes,
    )


def read(name, folder):
    """A network of 32-bit floats from a folder."""
    if name == "scorer":
        return Scorer.from_pretrained(folder)
    kind = _KINDS[name]
    if kind is ViTModel:
        return kind.from_pretrained(folder, add_pooling_layer=False, dtype=torch.float32, attn_implementation="eager")
    if kind in (AutoencoderKL, UNet2DConditionModel, UVit2DModel, VQModel):
        return kind.from_pretrained(folder, torch_dtype=torch.float32, low_cpu_mem_usage=False)
    return kind.from_pretrained(folder, dtype=torch.float32)


class Scorer(torch.nn.Module):
    """A CLIP whose image tower is a ResNet, as OpenAI's RN50 is: it sees otherwise than the pack's CLIP."""

    def __init__(self, sizes):
        super().__init__()
        self.sizes = sizes
        self.image_tower = ResNetModel(ResNetConfig(**sizes["vision"], layer_type="basic"))
        self.text_tower = CLIPTextModel(CLIPTextConfig(**sizes["text"]))
        width, projection = sizes["vision"]["hidden_sizes"][-1], sizes["projection_dim"]
        self.image_projection = torch.nn.Linear(width, projection, bias=False)
        self.text_projection = torch.nn.Linear(sizes["text"]["hidden_size"], projection, bias=False)
        self.logit_scale = torch.nn.Parameter(torch.tensor(2.6592))

    def see(self, pixels):
        """Of the whole picture and of its cells, [n, 1 + cells, projection]."""
        pixels = pixels.contiguous(memory_format=torch.channels_last)
        cells = self.image_tower(pixel_values=pixels).last_hidden_state.flatten(2).transpose(1, 2)
        return self.image_projection(torch.cat([cells.mean(1, keepdim=True), cells], 1))

    def read(self, ids):
        return self.text_projection(self.text_tower(input_ids=ids).pooler_output)

    def save_pretrained(self, folder):
        write_json(os.path.join(folder, "config.json"), self.sizes)
        save_file({key: value.contiguous() for key, value in self.state_dict().items()}, _weights_of(folder))

    @classmethod
    def from_pretrained(cls, folder):
        with open(os.path.join(folder, "config.json"), encoding="utf8") as file:
            scorer = cls(json.load(file))
        scorer.load_state_dict(load_file(_weights_of(folder)))
        return scorer


def _weights_of(folder):
    return os.path.join(folder, "model.safetensors")


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
    return (images - _channels(mean, images.device)) / _channels(std, images.device)


@functools.cache
def _channels(values, device):
    """Kept: a step that is recorded as a CUDA graph cannot copy them to the device."""
    return torch.tensor(values, device=device).view(1, 3, 1, 1)
