"""Draws the sticker world: sprites, backgrounds, and scenes with captions and known places.

All randomness comes from numpy's RandomState of a seed, so a seed is a scene.
"""

import functools
import json
import os
import subprocess

import numpy as np
from PIL import Image

from places import background
from world import COUNTS, HOSTS, LABELS, NAMES, PARTS, PLACES, TINTABLE, TINTS, article, counted, with_parts

SPRITES = "@lobehub/fluent-emoji-3d"
SPRITE_NAMES = "emojibase-data"
SPRITE_SIDE = 160
# Where parts sit on a host, as shares of its sides.
PART_PLACES = [(0.3, 0.2), (0.65, 0.15), (0.5, 0.4), (0.2, 0.5), (0.8, 0.45), (0.45, 0.65), (0.7, 0.7)]


def fetch_sprites(work):
    """Installs the packages of drawings by name, and writes the sprite of every thing as work/sprites/NAME.png."""
    folder = os.path.join(work, "sprites")
    if os.path.exists(os.path.join(folder, "versions.json")):
        return
    packages = os.path.join(work, "npm")
    os.makedirs(packages, exist_ok=True)
    os.makedirs(folder, exist_ok=True)
    install = ["npm", "install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", packages]
    subprocess.run([*install, SPRITES, SPRITE_NAMES], check=True)
    modules = os.path.join(packages, "node_modules")
    with open(os.path.join(modules, SPRITE_NAMES, "en", "data.json"), encoding="utf8") as file:
        codes = {entry["label"].lower(): entry["hexcode"].lower() for entry in json.load(file)}
    for name, label in LABELS.items():
        code = codes[label]
        spellings = [code + "-fe0f", code, code.replace("-fe0f", "")]
        files = [os.path.join(modules, SPRITES, "assets", f"{spelling}.webp") for spelling in spellings]
        drawing = Image.open(next(file for file in files if os.path.exists(file))).convert("RGBA")
        drawing.thumbnail((SPRITE_SIDE, SPRITE_SIDE), Image.LANCZOS)
        drawing.crop(drawing.getbbox()).save(_sprite_file(folder, name))
    versions = {}
    for package in (SPRITES, SPRITE_NAMES):
        with open(os.path.join(modules, package, "package.json"), encoding="utf8") as file:
            versions[package] = json.load(file)["version"]
    with open(os.path.join(folder, "versions.json"), "w", encoding="utf8") as file:
        json.dump(versions, file)


def _sprite_file(folder, name):
    return os.path.join(folder, name.replace(" ", "-") + ".png")


class Drawing:
    """The world drawn at one side length in pixels."""

    def __init__(self, work, side):
        self.work, self.side = work, side
        folder = os.path.join(work, "sprites")
        self._sprites = {name: Image.open(_sprite_file(folder, name)).convert("RGBA") for name in NAMES}

    @functools.cache
    def tile(self, name, tint=None, part=None):
        """The sprite of a thing, tinted, or with parts at places that are fixed for it."""
        image = self._sprites[name].copy()
        if tint:
            image = _tinted(image, TINTS[tint])
        if part:
            size = max(image.size) * 0.22
            piece = scaled(self._sprites[part], size)
            for x, y in PART_PLACES:
                left = int(x * image.width - piece.width / 2)
                top = int(y * image.height - piece.height / 2)
                left = max(0, min(left, image.width - piece.width))
                top = max(0, min(top, image.height - piece.height))
                image.alpha_composite(piece, (left, top))
        return image

    def group(self, name, count, size):
        """As many of a thing as a word of COUNTS says, each `size` pixels: two side by side, a third one above them."""
        one = scaled(self.tile(name), size)
        rows = 2 if COUNTS[count] == 3 else 1
        image = Image.new("RGBA", (one.width * 2, one.height * rows))
        image.paste(one, (0, one.height * (rows - 1)))
        image.paste(one, (one.width, one.height * (rows - 1)))
        if rows == 2:
            image.paste(one, (one.width // 2, 0))
        return image

    def background(self, random, kind):
        return background(random, kind, self.side)

    def thing(self, random):
        """A thing of a scene: (tile, caption, noun, size word)."""
        side = self.side
        chance = random.rand()
        name = pick(random, NAMES)
        size = int(side * random.uniform(0.25, 0.65))
        if chance < 0.10:
            name, part = pick(random, HOSTS), pick(random, PARTS)
            size = int(side * random.uniform(0.4, 0.7))
            word = "big " if size > 0.55 * side and random.rand() < 0.7 else ""
            return scaled(self.tile(name, part=part), size), with_parts(name, part, word), name
        if chance < 0.16:
            count = pick(random, list(COUNTS))
            return self.group(name, count, int(side * random.uniform(0.2, 0.36))), counted(name, count), name
        tint = None
        if chance < 0.30:
            name, tint = pick(random, TINTABLE), pick(random, list(TINTS))
        word = ""
        if size > 0.54 * side and random.rand() < 0.4:
            word = "big "
        elif size < 0.33 * side and random.rand() < 0.4:
            word = "small "
        caption = article(word + (tint + " " if tint else "") + name)
        return scaled(self.tile(name, tint), size), caption, name

    def scene(self, seed):
        """A scene of one to three things: (uint8 [side, side, 3], what it holds).

        What it holds: caption of all; boxes (left, top, right, bottom), captions and nouns of each thing; cover, how
        much of each cell of a 16 x 16 grid it fills, uint8 [things, 16, 16].
        """
        random = np.random.RandomState(seed)
        kind = pick(random, list(PLACES))
        image = self.background(random, kind)
        held = {"boxes": [], "captions": [], "nouns": [], "cover": []}
        for _ in range(pick(random, [1, 1, 1, 2, 2, 3])):
            tile, caption, noun = self.thing(random)
            box = self._free_place(random, tile, held["boxes"])
            if box is None:
                continue
            image.alpha_composite(tile, box[:2])
            alpha = Image.new("L", (self.side, self.side))
            alpha.paste(tile.getchannel("A"), box[:2])
            held["boxes"].append(box)
            held["captions"].append(caption)
            held["nouns"].append(noun)
            held["cover"].append(np.asarray(alpha.resize((16, 16), Image.BOX)))
        place = pick(random, PLACES[kind])
        held["caption"] = " and ".join(held["captions"]) + (" " + place if place else "")
        held["cover"] = np.array(held["cover"], "uint8").reshape(-1, 16, 16)
        return np.asarray(image.convert("RGB")), held

    def _free_place(self, random, tile, boxes):
        for _ in range(12):
            left = random.randint(0, max(1, self.side - tile.width))
            top = random.randint(0, max(1, self.side - tile.height))
            box = (left, top, left + tile.width, top + tile.height)
            if not any(overlap(box, other) for other in boxes):
                return box
        return None


def pick(random, items):
    return items[random.randint(len(items))]


def scaled(image, size):
    """The image with its longer side at `size` pixels."""
    factor = size / max(image.size)
    return image.resize((max(4, round(image.width * factor)), max(4, round(image.height * factor))), Image.LANCZOS)


def overlap(one, other):
    """The area that two boxes share, in pixels."""
    width = max(0, min(one[2], other[2]) - max(one[0], other[0]))
    return width * max(0, min(one[3], other[3]) - max(one[1], other[1]))


def _tinted(image, hue):
    _, saturation, value = image.convert("RGB").convert("HSV").split()
    tone = Image.new("L", image.size, int(hue / 360 * 255))
    saturation = Image.fromarray(np.clip(np.asarray(saturation).astype(int) + 90, 0, 230).astype("uint8"))
    tinted = Image.merge("HSV", (tone, saturation, value)).convert("RGBA")
    tinted.putalpha(image.getchannel("A"))
    return tinted
