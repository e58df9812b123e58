"""MODEL_CARD.md, whose figures are what `evaluate` found and whose sizes are what the networks have."""

import os

import world

_AIMS = {
    "autoencoder PSNR": 33, "zero-shot": 0.93, "retrieval": 0.85, "top 8 on things": 0.97,
    "scenes with all things reached": 0.95, "painted, recognised": 0.8, "painted, recognised with colour, count or parts": 0.7,
}


# Scenes and boxes of each that the region network was trained on; its file does not say.
_REGION_SCENES, _REGION_BOXES = 78, 12


def write_card(path, nets, config, figures, sheets, versions, proof):
    """Each of the last four as its step left it, or `None` where it was not run."""
    clip, vae, unet = (nets[name].config for name in ("clip", "vae", "unet"))
    vision, text, vit = clip.vision_config, clip.text_config, nets["vit"].config
    channels = "/".join(str(width) for width in unet.block_out_channels)
    parameters = sum(parameter.numel() for parameter in nets["unet"].parameters()) / 1e6
    count = len(world.NAMES)
    packages = ", ".join(f"`{name}` {version}" for name, version in (versions or {}).items())
    with open(path, "w", encoding="utf8") as file:
        file.write(f"""# {config["pack"]["title"]}

A drawn world of {count} things (`nouns.txt`) on drawn backgrounds, and small networks that know it. It exists so
that the whole method runs on any machine a minute after `npm ci`: no download, no GPU. On a photograph it paints stickers. Real
packs use the same files in the same layouts, only larger. `train/make.py` made it and wrote this card
([how](../../docs/packs.md#retraining-the-embedded-pack)).

| folder | network | layout |
| --- | --- | --- |
| `clip/` | CLIP: image tower {vision.num_hidden_layers} layers of {vision.hidden_size}, patch {vision.patch_size}, {vision.image_size} px; text tower {text.num_hidden_layers} layers of {text.hidden_size}, {text.max_position_embeddings} positions; projection {clip.projection_dim} | openai/clip-vit-base-patch16 |
| `dino/` | ViT: {vit.num_hidden_layers} layers of {vit.hidden_size}, patch {vit.patch_size}, {vit.num_attention_heads} heads | facebook/dino-vitb16 |
| `vae/` | AutoencoderKL: factor {2 ** (len(vae.block_out_channels) - 1)}, {vae.latent_channels} latent channels, no attention in the middle | `vae/` of Stable Diffusion |
| `unet/` | UNet2DConditionModel: {unet.in_channels} input channels, {channels} channels, {parameters:.1f} million parameters, v-prediction | `unet/` of stable-diffusion-inpainting |
| `text_encoder/` | a text tower of CLIP; the UNet reads its last hidden state | `text_encoder/` of Stable Diffusion |
| `tokenizer/` | byte-pair encoding in CLIP's format, {text.vocab_size:,} entries, lower case | `tokenizer/` of Stable Diffusion |
| `scheduler/` | DDIM, scaled linear, v-prediction | `scheduler/` of Stable Diffusion |
{_tokens(nets)}{_region_network(path)}{_judge(path)}| `nouns.txt`, `words.txt` | the things that T_ROI is chosen from; every word of the captions, so that others are warned about | |
| `eval/` | scenes from seeds that no network saw, 256 to 512 px, with prompts, source nouns and boxes | |
| `train/` | the recipe | |

`model_index.json` makes the folder one that diffusers' `StableDiffusionInpaintPipeline` loads. Weights are fp16 where nothing else is said.

## What it understands
"a fox", "a red car" ({", ".join(world.TINTS)}), "two owls", "three ducks", "a big tree with many flowers", optionally "... on the
grass", "at the beach", "in the snow", "at night", "in the desert", "on a table", "in the sea". Other words get a warning.

## Training
Scenes are drawn by seed from sprites of Fluent Emoji 3D, with captions. The ViT is trained with supervision (its class
attention falls on things), not by self-distillation as DINO is. The UNet sees frames of {config["side"]} x {config["side"]} px in which the
box takes much of the side, with other things beside it and under its edge, and boxes that the border cuts.

{_figures(figures, config)}
{_proof(proof)}{_pictures(sheets)}
## Limits
It paints only its {count} things, in one drawing style, blurred when the box is small in its frame.{_limits(nets)} Its CLIP knows drawn
scenes; on photographs its scores mean little. Nothing in it shows people.

## Licences
Drawings: Fluent Emoji 3D by Microsoft, MIT. Names of the things: emojibase-data, MIT. {f"Packages: {packages}." if packages else ""}
Weights, scenes, prompts and recipe: MIT, as the project.
""")


def _region_network(path):
    """Its row, where it lies beside the card: the recipe does not make it."""
    name = "region-network.safetensors"
    file = os.path.join(os.path.dirname(path), name)
    if not os.path.exists(file):
        return ""
    return (
        f"| `{name}` | what loss to expect of a box, from 21 numbers of it: place and size, attention, features, likeness to the texts, "
        f"the loss of the emptied box; trained on {_REGION_SCENES} drawn scenes of {_REGION_BOXES} boxes by "
        f"`npm run bench -- region-network`, {os.path.getsize(file) / 1000:.0f} kB, fp32 | "
        "the product's own ([method](../../docs/method.md#what-every-edit-starts-from)) |\n"
    )


def _tokens(nets):
    """The rows of what paints tokens, where the pack has it."""
    if "tokens" not in nets:
        return ""
    vq, net = nets["vq"].config, nets["tokens"].config
    millions = sum(parameter.numel() for parameter in nets["tokens"].parameters()) / 1e6
    return (
        f"| `vq/` | VQModel: {2 ** (len(vq.block_out_channels) - 1)} px a token, {vq.num_vq_embeddings} entries of {vq.vq_embed_dim}; "
        "its outer levels are `vae/`'s | `vqvae/` of amused/amused-256 |\n"
        f"| `tokens/` | UVit2DModel: {net.num_hidden_layers} layers of {net.hidden_size} and {2 * net.num_res_blocks} convolutional blocks of "
        f"{net.block_out_channels}, {millions:.1f} million parameters; reads `clip/`'s texts, and the things' names as classes | "
        "`transformer/` and `scheduler/` of amused/amused-256 |\n"
    )


def _limits(nets):
    return " Tokens give shapes and colours, often not the thing." if "tokens" in nets else ""


def _judge(path):
    """Its row, where it lies beside the card."""
    name = "judge.safetensors"
    file = os.path.join(os.path.dirname(path), name)
    if not os.path.exists(file):
        return ""
    return (
        f"| `{name}` | reads the ViT's features as CLIP's texts: a second scorer for `lrbot eval`, with which no loss is made; one hidden layer, "
        f"{os.path.getsize(file) / 1000:.0f} kB, fp32 | the product's own ([how to measure](../../docs/eval.md)) |\n"
    )


def _figures(figures, config):
    if not figures:
        return ""
    settings = config["evaluation"]
    lines = [
        f"`make.py evaluate` found, on {settings['scenes']} scenes or frames from held-out seeds and {settings['situations']} frames for each of the",
        "three kinds of unusual boxes. `scorer` is a second CLIP, a ResNet on its picture side, trained apart from other seeds; it is not in the pack.",
        "`judge` was held against 300 scenes.",
        "", "| figure | value | aim |", "| --- | --- | --- |",
    ]
    missed = []
    for group, values in figures.items():
        for name, value in (values if isinstance(values, dict) else {"": values}).items():
            aim = _AIMS.get(name or group, "")
            lines.append(f"| {group}{': ' + name if name else ''} | {value} | {aim} |")
            if aim and value is not None and value < aim:
                missed.append(f"{group}{': ' + name if name else ''}")
    lines += ["", f"Aims not reached: {'; '.join(missed) or 'none'}."]
    if not any(group.startswith("inpainting") for group in figures):
        lines.append("`evaluate-painting` was not run on these weights, so nothing is known of what the scorer recognises in their pictures.")
    return "\n".join(lines) + "\n"


def _proof(proof):
    if not proof:
        return ""
    return (
        f"diffusers' `StableDiffusionInpaintPipeline` paints the same picture from the same noise (`train/proof.py`): colours\n"
        f"from 0 to 255 differ by {proof['largest']} at most and by {proof['mean']} in the mean.\n"
    )


def _pictures(sheets):
    if not sheets:
        return ""
    return f"""
## Pictures
Every thing of `nouns.txt`, in its order, painted once; no picture was chosen.

![The things](pictures/things.png)

Details with three noises each, from the left: {", ".join(sheets["details"])}.

![Details](pictures/details.png)

Before and after, the box over other things, from the left: {", ".join(sheets["before-after"])}.

![Before and after](pictures/before-after.png)
"""
