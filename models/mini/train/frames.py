"""What the inpainting network is trained and judged on: a frame, the box in it to repaint, and what belongs there.

The box is a large part of its frame, as the product frames it, and it nearly determines the picture: the thing sits in
its middle and fills it the same way each time. That is what a small network can learn.
"""

import numpy as np
from PIL import Image

from drawing import overlap, pick, scaled
from world import COUNTS, HOSTS, NAMES, PARTS, PLACES, TINTABLE, TINTS, article, counted, with_parts

# How a box lies that a person's picture brings.
USUAL, CLIPPED, OVER_THINGS, ON_PHOTOGRAPH = "usual", "clipped", "over things", "on a photograph"
# A box's side over the larger side of its thing.
MARGIN = 1.1
# Boxes lie on the grid of the latents, in pixels.
GRID = 4


def frame(drawing, seed, situation=None, background=None, wanted=None):
    """A frame by seed: a dict of

    image       uint8 [side, side, 3], with the thing in its box
    before      the same without the thing and with what stood there
    mask        uint8 [side / 4, side / 4], 1 in the box
    box         left, top, right, bottom in pixels
    caption, noun (None: an empty place), kind ("plain", "color", "count", "parts" or "empty")
    phrase      the caption without its size and its place

    `situation` is drawn by chance unless given, `background` is a picture in place of a drawn one; `wanted` a
    (caption, noun, kind, tile) in place of a thing drawn by chance.
    """
    random = np.random.RandomState(seed)
    side = drawing.side
    kind_of_place = pick(random, list(PLACES))
    image = drawing.background(random, kind_of_place)
    if background is not None:
        image = background.convert("RGBA").resize((side, side), Image.LANCZOS)
    place = pick(random, PLACES[kind_of_place])
    if situation is None:
        situation = random.choice([USUAL, CLIPPED, OVER_THINGS], p=[0.55, 0.2, 0.25])
    caption, noun, kind, tile = wanted or _thing(drawing, random)
    phrase = caption.replace("big ", "")
    box, middle, size = _box(random, side, clipped=situation == CLIPPED)
    image = _neighbours(drawing, random, image, box, behind=situation == OVER_THINGS)
    before = np.asarray(image.convert("RGB"))
    if tile is not None:
        tile = scaled(tile, size)
        left = int(np.clip(round(middle[0] - tile.width / 2), 0, side - tile.width))
        top = int(np.clip(round(middle[1] - tile.height / 2), 0, side - tile.height))
        image.alpha_composite(tile, (left, top))
        if place and background is None and random.rand() < 0.3:
            caption += " " + place
    elif place:
        caption = place
    mask = np.zeros((side // GRID, side // GRID), "uint8")
    mask[box[1] // GRID : box[3] // GRID, box[0] // GRID : box[2] // GRID] = 1
    return {
        "image": np.asarray(image.convert("RGB")), "before": before, "mask": mask, "box": box,
        "caption": caption, "noun": noun, "kind": kind, "phrase": phrase,
    }


def _thing(drawing, random):
    """(caption, noun, kind, tile) of what belongs into a box."""
    chance = random.rand()
    name = pick(random, NAMES)
    if chance < 0.03:
        return "an empty place", None, "empty", None
    if chance < 0.17:
        host, part = pick(random, HOSTS), pick(random, PARTS)
        word = "big " if random.rand() < 0.4 else ""
        return with_parts(host, part, word), host, "parts", drawing.tile(host, part=part)
    if chance < 0.27:
        count = pick(random, list(COUNTS))
        return counted(name, count), name, "count", drawing.group(name, count, 80)
    if chance < 0.43:
        name, tint = pick(random, TINTABLE), pick(random, list(TINTS))
        return article(f"{tint} {name}"), name, "color", drawing.tile(name, tint)
    word = "big " if random.rand() < 0.1 else ""
    return article(word + name), name, "plain", drawing.tile(name)


def _box(random, side, clipped):
    """(box on the grid, its middle, the larger side of the thing in it), in pixels."""
    size = side * random.uniform(0.36, 0.86)
    square = size * MARGIN
    if not clipped:
        x, y = (random.uniform(size / 2, side - size / 2) for _ in range(2))
        edges = [x - square / 2, y - square / 2, x + square / 2, y + square / 2]
        box = [int(max(0, edge) // GRID * GRID) for edge in edges[:2]]
        box += [int(min(side, -(-edge // GRID) * GRID)) for edge in edges[2:]]
        return box, (x, y), size
    # A square box that the border of the picture cuts: the thing fits into what is left of it.
    left_over = square * random.uniform(0.5, 0.95)
    across = int(max(side * 0.25, left_over) // GRID * GRID)
    along = int(min(side, max(across, square)) // GRID * GRID)
    start = int(random.randint(0, side - along + 1) // GRID * GRID)
    edge = 0 if random.rand() < 0.5 else side - across
    box = [edge, start, edge + across, start + along]
    if random.rand() < 0.5:
        box = [box[1], box[0], box[3], box[2]]
    return box, ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2), min(across, along) / MARGIN


def _neighbours(drawing, random, image, box, behind):
    """The picture with other things: two that the box cuts (`behind`), or perhaps one beside it."""
    side = drawing.side
    count = 2 if behind else int(random.rand() < 0.45)
    for _ in range(count):
        other = scaled(drawing.tile(pick(random, NAMES)), side * random.uniform(0.25, 0.6))
        for _ in range(12):
            left = random.randint(-other.width // 2, side - other.width // 2)
            top = random.randint(-other.height // 2, side - other.height // 2)
            shared = overlap((left, top, left + other.width, top + other.height), box)
            if shared == 0 if not behind else 0.1 < shared / (other.width * other.height) < 0.7:
                layer = Image.new("RGBA", image.size)
                layer.paste(other, (left, top))
                image = Image.alpha_composite(image, layer)
                break
    return image
