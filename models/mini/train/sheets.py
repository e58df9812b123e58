"""Contact sheets: prompts by seeds, and frames before and after; PNG files without text, their prompts returned."""

import os

import numpy as np
from PIL import Image

import frames
from evaluate import paint_all
from world import NAMES, PARTS, TINTABLE, article, counted, with_parts

BORDER = 2


def write_sheets(painter, drawing, config, folder):
    """Writes things.png, details.png and before-after.png, and returns what their rows and columns show."""
    os.makedirs(folder, exist_ok=True)
    settings, first = config["evaluation"], config["held_out_seed"] + 2_000_000
    plain = [(article(name), name, "plain", drawing.tile(name)) for name in NAMES]
    details = [_tinted(drawing, *pair) for pair in zip(TINTABLE[:4], ("yellow", "blue", "purple", "pink"))]
    details += [_counted(drawing, *pair) for pair in (("owl", "two"), ("balloon", "three"), ("carrot", "two"), ("duck", "three"))]
    details += [_full(drawing, *pair) for pair in (("tree", PARTS[0]), ("cake", PARTS[7]), ("cactus", PARTS[5]), ("house", PARTS[6]))]
    # A thing a cell, ten a row; then details in rows of four, one below the other for three seeds.
    made = [_frame(drawing, first + index, wanted) for index, wanted in enumerate(plain)]
    _save(_grid(paint_all(painter, made, settings), 10), folder, "things.png")
    rows = []
    for seed in range(3):
        made = [_frame(drawing, first + 1000 + seed, wanted) for wanted in details]
        rows.append(paint_all(painter, made, settings | {"seed": 1000 * (seed + 1)}))
    _save(_grid(np.concatenate(rows), len(details)), folder, "details.png")
    made = [frames.frame(drawing, first + 2000 + index, frames.OVER_THINGS, wanted=wanted)
            for index, wanted in enumerate(plain[3::8] + details[::6])]
    after = paint_all(painter, made, settings)
    before = np.stack([_outlined(one["before"], one["box"]) for one in made])
    _save(_grid(np.concatenate([before, after]), len(made)), folder, "before-after.png")
    return {
        "details": [wanted[0] for wanted in details],
        "before-after": [one["phrase"] for one in made],
    }


def _frame(drawing, seed, wanted):
    return frames.frame(drawing, seed, frames.USUAL, wanted=wanted)


def _tinted(drawing, name, tint):
    return article(f"{tint} {name}"), name, "color", drawing.tile(name, tint)


def _counted(drawing, name, count):
    return counted(name, count), name, "count", drawing.group(name, count, 80)


def _full(drawing, host, part):
    return with_parts(host, part), host, "parts", drawing.tile(host, part=part)


def _outlined(image, box):
    image = image.copy()
    left, top, right, bottom = box
    image[top:bottom, [left, right - 1]] = 255
    image[[top, bottom - 1], left:right] = 255
    return image


def _grid(images, columns):
    """Pictures of one size in rows, with white between them."""
    padded = np.pad(images, ((0, 0), (0, BORDER), (0, BORDER), (0, 0)), constant_values=255)
    missing = -len(padded) % columns
    padded = np.concatenate([padded, np.full_like(padded[:1], 255).repeat(missing, 0)])
    rows = [np.concatenate(list(padded[start : start + columns]), 1) for start in range(0, len(padded), columns)]
    return np.concatenate(rows)[:-BORDER, :-BORDER]


def _save(pixels, folder, name):
    image = Image.fromarray(pixels)
    # 256 colours: a third of the size, and no difference at a glance.
    image.quantize(256, Image.Quantize.MEDIANCUT, dither=Image.Dither.FLOYDSTEINBERG).save(
        os.path.join(folder, name), optimize=True
    )
