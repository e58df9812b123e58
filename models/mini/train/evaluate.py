"""The figures of a pack, on scenes from held-out seeds; a second CLIP, trained apart, judges what is painted."""

import os

import numpy as np
import torch
from PIL import Image

import frames
import networks
import train_vq
from painting import crops
from train_clip import Eyes, Held
from train_vae import decibels
from train_vit import look
from world import COUNTS, NAMES, PARTS, TINTS, article, counted, with_parts

DETAILS = ("color", "count", "parts")
# Photographs of scikit-image that show no person; in the public domain or CC0.
PHOTOGRAPHS = ["chelsea.png", "coffee.png", "rocket.jpg", "hubble_deep_field.jpg", "brick.png", "grass.png", "gravel.png"]


def evaluate_networks(nets, drawing, tokenizer, config, device):
    """Figures by name of what sees: clip, scorer, vit and vae."""
    settings, first = config["evaluation"], config["held_out_seed"]
    figures = {}
    scenes = [drawing.scene(first + index) for index in range(settings["scenes"])]
    few = np.stack([image for image, _ in scenes[: settings["autoencoder_scenes"]]])
    told(figures, "autoencoder PSNR", round(decibels(nets["vae"].to(device), few, device), 2))
    held = Held(drawing, first, settings["scenes"])
    for name in ("clip", "scorer"):
        told(figures, name, held.figures(Eyes(nets[name].to(device).eval(), tokenizer, device)))
    told(figures, "vit", _attention(nets["vit"].to(device).eval(), scenes, device))
    return figures


def evaluate_painting(painter, judge_net, drawing, tokenizer, config, device, by_class=False):
    """Figures by name of what is painted, as the judge, a CLIP, sees it; `by_class`: by the things' names, and not by the captions."""
    settings, first = config["evaluation"], config["held_out_seed"]
    judge, figures = Eyes(judge_net.to(device).eval(), tokenizer, device), {}
    wanted = {frames.USUAL: settings["scenes"]}
    wanted |= {name: settings["situations"] for name in (frames.CLIPPED, frames.OVER_THINGS, frames.ON_PHOTOGRAPH)}
    for index, (situation, count) in enumerate(wanted.items()):
        made = _frames(drawing, first + 100_000 * (index + 1), count, situation)
        asked = [one | {"caption": "a " + one["noun"]} for one in made] if by_class else made
        painted = paint_all(painter, asked, settings)
        told(figures, f"inpainting, {situation}", _recognised(judge, made, painted))
        if situation == frames.USUAL:
            others = _frames(drawing, first + 1_000_000, count, situation)
            told(figures, "distance to real frames", _distances(judge, made, painted, others))
    return figures


def evaluate_codebook(vq, judge_net, drawing, tokenizer, config, device):
    """What the judge recognises of the usual frames themselves, gone through the codebook: no transformer paints better."""
    judge = Eyes(judge_net.to(device).eval(), tokenizer, device)
    made = _frames(drawing, config["held_out_seed"] + 100_000, config["evaluation"]["scenes"], frames.USUAL)
    ids = train_vq.encode(vq.to(device).eval(), networks.pixels(np.stack([one["image"] for one in made]), device))
    images = (train_vq.decode(vq, ids) * 255).round().byte().permute(0, 2, 3, 1).cpu().numpy()
    return _recognised(judge, made, images)


def told(figures, name, value):
    figures[name] = value
    print(f"{name}: {value}", flush=True)


def paint_all(painter, made, settings):
    """The frames with their boxes painted, each with a noise of its own."""
    painted = []
    for start in range(0, len(made), settings["batch"]):
        part = made[start : start + settings["batch"]]
        # Without the thing: an encoder sees beyond a box's edge.
        images, masks = (np.stack([one[name] for one in part]) for name in ("before", "mask"))
        painted.append(painter.paint(images, masks, [one["caption"] for one in part], settings["seed"] + start))
    return np.concatenate(painted)


def _attention(vit, scenes, device):
    """Of the 8 strongest patches, and of the product's 8 anchors, how many lie on things; which things are reached."""
    found = {"top 8 on things": [], "anchors on things": [], "things reached": [], "scenes with all things reached": []}
    for image, held in scenes:
        if len(held["nouns"]) == 0:
            continue
        with torch.inference_mode():
            attention = look(vit, networks.pixels(image[None], device))[0][0]
        grid = int(len(attention) ** 0.5)
        cover = np.stack([np.asarray(Image.fromarray(one).resize((grid, grid), Image.BOX)) for one in held["cover"]]) > 0
        anywhere = cover.any(0).reshape(-1)
        found["top 8 on things"] += anywhere[attention.topk(8).indices.cpu().numpy()].tolist()
        anchors = _anchors(attention.cpu().numpy().reshape(grid, grid), 8, grid / 8)
        found["anchors on things"] += [bool(anywhere[row * grid + column]) for row, column in anchors]
        reached = [any(one[row, column] for row, column in anchors) for one in cover]
        found["things reached"] += reached
        found["scenes with all things reached"].append(all(reached))
    return {name: round(float(np.mean(values)), 3) for name, values in found.items()}


def _anchors(attention, count, apart):
    """The patches of highest attention, greedily, at least `apart` patches from each other."""
    chosen = []
    for index in np.argsort(-attention.reshape(-1), kind="stable"):
        row, column = divmod(int(index), attention.shape[1])
        if all((row - r) ** 2 + (column - c) ** 2 >= apart**2 for r, c in chosen):
            chosen.append((row, column))
        if len(chosen) == count:
            break
    return chosen


def _frames(drawing, seed, count, situation):
    """Frames with a thing in the box, by the seeds from `seed` on."""
    photographs = _photographs(drawing.side) if situation == frames.ON_PHOTOGRAPH else None
    usual = frames.USUAL if photographs else situation
    made = []
    while len(made) < count:
        background = photographs[seed % len(photographs)] if photographs else None
        one = frames.frame(drawing, seed, usual, background)
        seed += 1
        if one["noun"]:
            made.append(one)
    return made


def _photographs(side):
    """Square cuts of photographs that come with scikit-image."""
    import skimage

    folder = os.path.join(os.path.dirname(skimage.__file__), "data")
    cuts = []
    for name in PHOTOGRAPHS:
        if not os.path.exists(os.path.join(folder, name)):
            continue
        picture = Image.open(os.path.join(folder, name)).convert("RGB")
        short = min(picture.size)
        for left in (0, picture.width - short):
            cut = picture.crop((left, picture.height - short, left + short, picture.height))
            cuts.append(cut.resize((side, side), Image.LANCZOS))
    if not cuts:
        raise FileNotFoundError(f"Expected photographs of scikit-image in {folder}, got none")
    return cuts


@torch.inference_mode()
def _recognised(judge, made, painted):
    """The share of frames whose box is taken for the prompted thing, 1 of all; of the painted and of the originals."""
    boxes = [one["box"] for one in made]
    figures, things = {}, judge.things()
    detailed = np.array([one["kind"] in DETAILS for one in made])
    for what, images in (("painted", painted), ("original", np.stack([one["image"] for one in made]))):
        seen = judge.pictures(crops(images, boxes, 128).to(judge.device))[0]
        best = (seen @ things.T).argmax(1).tolist()
        right = np.array([NAMES[index] == one["noun"] for index, one in zip(best, made)])
        exact = [_detail_right(judge, view, one) for view, one in zip(seen, made) if one["kind"] in DETAILS]
        figures[f"{what}, recognised"] = _share(right)
        figures[f"{what}, recognised with colour, count or parts"] = _share(right[detailed])
        figures[f"{what}, the colour, count or parts themselves"] = _share(exact)
    figures["root mean square from the original, 0 to 255"] = _root_mean_square(made, painted)
    return figures


def _share(values):
    return round(float(np.mean(values)), 3) if len(values) else None


def _root_mean_square(made, painted):
    """Over the boxes: a caption nearly determines its picture, so this needs no judge."""
    squares = []
    for one, image in zip(made, painted):
        left, top, right, bottom = one["box"]
        difference = image[top:bottom, left:right].astype(float) - one["image"][top:bottom, left:right]
        squares.append((difference**2).mean())
    return round(float(np.mean(squares)) ** 0.5, 1)


def _detail_right(judge, view, made):
    """Whether the prompted colour, count or part beats the others of its kind."""
    noun = made["noun"]
    others = {
        "color": [article(f"{tint} {noun}") for tint in TINTS],
        "count": [counted(noun, count) for count in COUNTS] + [article(noun)],
        "parts": [with_parts(noun, part) for part in PARTS] + [article(noun)],
    }[made["kind"]]
    best = others[int((judge.texts(others) @ view).argmax())]
    return _without_article(best) == _without_article(made["phrase"])


def _without_article(phrase):
    return phrase.removeprefix("an ").removeprefix("a ")


@torch.inference_mode()
def _distances(judge, made, painted, others):
    """Frechet distances in the judge's embeddings of boxes, times 1,000: painted and real ones to other real ones."""

    def embeds(images, frames_of):
        cut = crops(images, [one["box"] for one in frames_of], 128)
        return judge.pictures(cut.to(judge.device))[0].cpu().double().numpy()

    real = embeds(np.stack([one["image"] for one in others]), others)
    same = embeds(np.stack([one["image"] for one in made]), made)
    return {
        "painted": round(1000 * _frechet(embeds(painted, made), real), 1),
        "real": round(1000 * _frechet(same, real), 1),
    }


def _frechet(one, other):
    """|mean difference|^2 + tr(A + B - 2 (AB)^1/2) for the covariances A and B."""
    a, b = np.cov(one, rowvar=False), np.cov(other, rowvar=False)
    roots = np.sqrt(np.clip(np.linalg.eigvals(a @ b).real, 0, None))
    return float(((one.mean(0) - other.mean(0)) ** 2).sum() + np.trace(a) + np.trace(b) - 2 * roots.sum())
