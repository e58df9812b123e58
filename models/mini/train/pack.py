"""Writes the pack: networks as fp16 .safetensors in their official layouts, pack.json, word lists, pictures."""

import hashlib
import json
import os
import shutil

from safetensors import safe_open
from safetensors.torch import save_file

import networks
import world
from painting import write_scheduler

LIMIT = 20 * 2**20
JUDGE = "judge.safetensors"
FEW_STEPS = "few-steps.safetensors"
_VIT_NAMES = {
    "layers": "encoder.layer", "attention.q_proj": "attention.attention.query",
    "attention.k_proj": "attention.attention.key", "attention.v_proj": "attention.attention.value",
    "attention.o_proj": "attention.output.dense", "attention.out_proj": "attention.output.dense",
    "mlp.fc1": "intermediate.dense", "mlp.fc2": "output.dense",
}
_FOLDERS = {"clip": "clip", "vit": "dino", "vae": "vae", "unet": "unet", "text_encoder": "text_encoder"}
# What paints tokens, where it was trained: the transformer's folder holds its scheduler's file too.
_TOKENS = {"vq": "vq", "tokens": "tokens"}
_ARCHITECTURES = {"clip": "CLIPModel", "vit": "ViTModel", "text_encoder": "CLIPTextModel"}
_ROLES = {"clip": "clip", "vit": "dino", "unet": "unet", "autoencoder": "vae", "textEncoder": "text_encoder"}
# Hub settings that this machine's libraries add, or that say nothing of the network.
_DROPPED = ("_name_or_path", "dtype", "torch_dtype", "transformers_version", "_attn_implementation_autoset")

# How sure a found T_ROI is, as `npm run bench -- source` measures it on eval/ and on photographs.
SOURCE = {"temperature": 1, "threshold": 0.585, "certainFrom": 0.65}


# Where pack.json says that tokens are painted from: by CLIP's texts, and by the things as classes.
TOKENS = {
    "transformer": _TOKENS["tokens"], "autoencoder": _TOKENS["vq"], "scheduler": _TOKENS["tokens"],
    "textEncoder": "clip", "tokenizer": "tokenizer", "classes": {"names": "nouns.txt"},
}


def write_pack(nets, work, out, config):
    """`nets`: clip, vit, vae, unet and text_encoder, and perhaps vq and tokens. A pack that is there already is written over."""
    folders = _FOLDERS | (_TOKENS if "tokens" in nets else {})
    for name, folder in folders.items():
        _write_network(name, nets[name], os.path.join(work, name), os.path.join(out, folder))
    if "tokens" in nets:
        networks.write_json(os.path.join(out, _TOKENS["tokens"], "scheduler_config.json"), {
            "_class_name": "AmusedScheduler", "mask_token_id": nets["tokens"].config.vocab_size - 1, "masking_schedule": "cosine",
        })
    shutil.copytree(os.path.join(work, "tokenizer"), os.path.join(out, "tokenizer"), dirs_exist_ok=True)
    write_scheduler(os.path.join(out, "scheduler"))
    _write_preprocessors(out, config)
    networks.write_json(os.path.join(out, "model_index.json"), {
        "_class_name": "StableDiffusionInpaintPipeline", "_diffusers_version": "0.42.1",
        "vae": ["diffusers", "AutoencoderKL"], "text_encoder": ["transformers", "CLIPTextModel"],
        "tokenizer": ["transformers", "CLIPTokenizer"], "unet": ["diffusers", "UNet2DConditionModel"],
        "scheduler": ["diffusers", "DDIMScheduler"], "safety_checker": [None, None],
        "feature_extractor": [None, None], "requires_safety_checker": False,
    })
    synonyms = [f"{word}: {known}" for word, known in world.synonyms()]
    for name, lines in (("nouns.txt", world.NAMES), ("words.txt", world.words()), ("synonyms.txt", synonyms)):
        with open(os.path.join(out, name), "w", encoding="utf8") as file:
            file.write("\n".join(lines) + "\n")
    if os.path.exists(os.path.join(work, JUDGE)):
        shutil.copy(os.path.join(work, JUDGE), os.path.join(out, JUDGE))
    if os.path.exists(os.path.join(work, "few_steps", FEW_STEPS)):
        shutil.copy(os.path.join(work, "few_steps", FEW_STEPS), os.path.join(out, FEW_STEPS))
    if os.path.exists(os.path.join(work, "pictures")):
        shutil.copytree(os.path.join(work, "pictures"), os.path.join(out, "pictures"), dirs_exist_ok=True)
    _write_manifest(out, config, folders.values())


def _write_network(name, net, trained, folder):
    weights_name = "diffusion_pytorch_model.safetensors" if name in ("unet", "vae", *_TOKENS) else "model.safetensors"
    if _is_half(os.path.join(trained, weights_name)):
        # As the pack that training started from has it.
        shutil.copytree(trained, folder, dirs_exist_ok=True)
        return
    with open(os.path.join(trained, "config.json"), encoding="utf8") as file:
        settings = json.load(file)
    os.makedirs(folder, exist_ok=True)
    weights = {_official(name, key): value.half().contiguous().cpu() for key, value in net.state_dict().items()}
    file = os.path.join(folder, weights_name)
    save_file(weights, file, metadata={"format": "pt"})
    if os.path.getsize(file) > LIMIT:
        raise ValueError(f"Expected {file} of at most {LIMIT} bytes, got {os.path.getsize(file)}")
    settings = _plain(settings)
    if name in _ARCHITECTURES:
        settings["architectures"] = [_ARCHITECTURES[name]]
    networks.write_json(os.path.join(folder, "config.json"), settings | {"torch_dtype": "float16"})


def _is_half(file):
    """Of a network's weights; its configuration may still tell of those that training started from."""
    with safe_open(file, "pt") as weights:
        return all(weights.get_slice(key).get_dtype() == "F16" for key in weights.keys())


def _official(name, key):
    """The tensor's name as the hub's repositories have it; newer libraries shorten some."""
    if name == "text_encoder" and not key.startswith("text_model."):
        return "text_model." + key
    if name == "vit":
        if key.startswith("layers."):
            key = "encoder." + key.replace("layers.", "layer.", 1)
        for new, old in list(_VIT_NAMES.items())[1:]:
            key = key.replace(new, old)
    return key


def _plain(settings):
    if not isinstance(settings, dict):
        return settings
    return {key: _plain(value) for key, value in settings.items() if key not in _DROPPED}


def _write_preprocessors(out, config):
    clip, vit = (config[name]["sizes"] for name in ("clip", "vit"))
    side, rescale = clip["vision"]["image_size"], {"do_rescale": True, "rescale_factor": 1 / 255, "do_normalize": True}
    networks.write_json(os.path.join(out, "clip", "preprocessor_config.json"), {
        "image_processor_type": "CLIPImageProcessor", "do_resize": True, "size": {"shortest_edge": side},
        "do_center_crop": True, "crop_size": {"height": side, "width": side}, **rescale,
        "image_mean": networks.CLIP_MEAN, "image_std": networks.CLIP_STD, "resample": 3,
    })
    side = vit["image_size"]
    networks.write_json(os.path.join(out, "dino", "preprocessor_config.json"), {
        "image_processor_type": "ViTImageProcessor", "do_resize": True, "size": {"height": side, "width": side},
        **rescale, "image_mean": networks.VIT_MEAN, "image_std": networks.VIT_STD, "resample": 2,
    })


def _write_manifest(out, config, folders):
    """pack.json, as src/packs/pack.ts reads it, with every file's size and hash."""
    folders = [*folders, "tokenizer", "scheduler"]
    files = [f"{folder}/{name}" for folder in folders for name in sorted(os.listdir(os.path.join(out, folder)))]
    listed = []
    judge, few_steps = ([name] if os.path.exists(os.path.join(out, name)) else [] for name in (JUDGE, FEW_STEPS))
    painting = dict(config["painting"])
    if few_steps:
        painting["fast"] = painting["fast"] | {"lora": {"path": FEW_STEPS}}
    for path in [*files, *judge, *few_steps, "nouns.txt", "words.txt", "synonyms.txt", "model_index.json"]:
        with open(os.path.join(out, path), "rb") as file:
            content = file.read()
        listed.append(
            {"path": path, "size": len(content), "sha256": hashlib.sha256(content).hexdigest(), "license": "MIT"}
        )
    networks.write_json(os.path.join(out, "pack.json"), {
        **config["pack"], "networks": _ROLES, "judge": JUDGE if judge else None,
        "tokenizers": {"clip": "tokenizer", "textEncoder": "tokenizer"}, "scheduler": "scheduler",
        "inpainter": "stable-diffusion", "tokens": TOKENS if _TOKENS["tokens"] in folders else None, "nouns": "nouns.txt", "words": "words.txt", "synonyms": "synonyms.txt", "painting": painting,
        "framing": {"boxShare": 0.6}, "source": SOURCE, "features": {"shortSide": config["vit"]["sizes"]["image_size"]},
        "ranking": {"margin": 0.02}, "files": listed,
    })
