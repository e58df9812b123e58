"""Backgrounds: places under a sky, a table, plain ramps, and what is as restless as a photograph."""

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

# Of a place with a horizon: sky at its top and bottom, ground at its top and bottom, and how high its hills are.
_OPEN = {
    "grass": ((110, 180, 240), (210, 235, 250), (95, 170, 70), (60, 130, 45), 0.03),
    "beach": ((120, 195, 245), (215, 240, 250), (40, 140, 190), (70, 180, 210), 0),
    "snow": ((170, 200, 230), (225, 235, 245), (240, 245, 250), (220, 230, 242), 0.03),
    "night": ((10, 12, 45), (35, 40, 90), (25, 45, 40), (15, 28, 28), 0.02),
    "desert": ((250, 190, 120), (255, 225, 170), (222, 170, 100), (200, 140, 75), 0.03),
    "table": ((200, 190, 175), (215, 205, 190), (160, 105, 60), (130, 80, 45), 0),
    "sea": ((120, 190, 240), (210, 235, 250), (30, 100, 170), (20, 70, 140), 0),
}
_SAND = (235, 210, 160), (215, 185, 130)
_WITH_CLOUDS = ("grass", "beach", "snow", "sea")


def background(random, kind, side):
    """RGBA picture of a place of world.PLACES."""
    if kind in _OPEN:
        pixels = _open_place(random, kind, side)
    elif kind == "texture":
        pixels = _colours(random, side)
    elif kind == "shapes":
        pixels = _shapes(random, side)
    else:
        color = random.rand(3) * 120 + 120
        pixels = _ramp(side, side, _varied(random, color), _varied(random, color))
    return Image.fromarray(np.clip(pixels, 0, 255).astype("uint8")).convert("RGBA")


def _open_place(random, kind, side):
    sky_top, sky_bottom, ground_top, ground_bottom, hills = _OPEN[kind]
    horizon = side * (0.35 + 0.3 * random.rand())
    pixels = _ramp(side, side, _varied(random, sky_top), _varied(random, sky_bottom), horizon)
    if kind in _WITH_CLOUDS:
        pixels = _with_clouds(random, pixels, side, horizon)
    if kind == "night":
        _add_stars(random, pixels, side, horizon)
    ground = _varied(random, ground_top), _varied(random, ground_bottom)
    if hills and random.rand() < 0.6:
        # Farther hills lie in the haze of the sky.
        haze = 0.55 * ground[0] + 0.45 * pixels[int(horizon) - 1].mean(0)
        far = _hills(random, side, horizon - 0.05 * side, 0.04)
        pixels = _below(pixels, far, _ramp(side, side, haze, haze))
    pixels = _below(pixels, _hills(random, side, horizon, hills), _ramp(side, side, *ground, side - horizon, horizon))
    if kind == "beach":
        shore = horizon + (side - horizon) * (0.1 + 0.3 * random.rand())
        sand = (_varied(random, color) for color in _SAND)
        pixels = _below(pixels, _hills(random, side, shore, 0.012), _ramp(side, side, *sand, side - shore, shore))
    if kind in ("sea", "table"):
        _add_bands(random, pixels, side, horizon, 5 if kind == "sea" else 9)
    return pixels


def _varied(random, color, amount=12):
    return np.clip(np.array(color) + random.randn(3) * amount, 0, 255)


def _ramp(height, width, top, bottom, over=None, start=0):
    """From one colour to another, from row `start` on over `over` rows; [height, width, 3]."""
    share = np.clip((np.arange(height) - start) / max(over or height, 1), 0, 1)[:, None, None]
    return (np.array(top) * (1 - share) + np.array(bottom) * share) * np.ones((1, width, 1))


def _hills(random, side, height, amount):
    """The row of the ground's edge in each column."""
    across = np.arange(side) / side
    waves = sum(np.sin(2 * np.pi * (across * turns + random.rand())) / turns for turns in (0.8, 1.7, 3.1))
    return height + side * amount * waves


def _below(pixels, edge, ground):
    """The picture with another from a row on that each column has its own of."""
    share = np.clip(np.arange(len(pixels))[:, None] - edge[None] + 0.5, 0, 1)[..., None]
    return pixels * (1 - share) + ground * share


def _with_clouds(random, pixels, side, horizon):
    layer = Image.new("L", (side, side))
    draw = ImageDraw.Draw(layer)
    for _ in range(random.randint(4)):
        x, y, size = side * random.rand(), horizon * random.uniform(0.1, 0.7), side * random.uniform(0.05, 0.1)
        for shift, grown in ((-1.3, 0.7), (0, 1.1), (1.2, 0.8), (2.2, 0.5)):
            left, width, height = x + shift * size, size * grown * 1.3, size * grown * 0.7
            draw.ellipse((left - width, y - height, left + width, y + height * 0.7), fill=170)
    share = np.asarray(layer.filter(ImageFilter.GaussianBlur(side / 64)))[..., None] / 255
    return pixels * (1 - share) + 250 * share


def _add_stars(random, pixels, side, horizon):
    size = max(1, side // 96)
    for _ in range(random.randint(8, 26)):
        row, column = int(horizon * random.rand() * 0.95), random.randint(side - size)
        pixels[row : row + size, column : column + size] += random.uniform(60, 150)


def _add_bands(random, pixels, side, horizon, strength):
    """Waves or grain: rows that are lighter and darker, wider the nearer they are."""
    depth = np.clip(np.arange(side) - horizon, 0, None) / side
    waves = np.sin(2 * np.pi * (np.sqrt(depth) * random.uniform(7, 11) + random.rand())) * (depth > 0)
    pixels += strength * waves[:, None, None]


def _colours(random, side):
    """Colours that vary over several sizes at once, as those of an unsharp photograph do; [side, side, 3]."""
    pixels = random.rand(1, 1, 3) * 140 + 60
    for cells, strength in ((2, 45), (4, 30), (8, 18), (16, 10), (32, 6)):
        grid = random.randn(cells, cells, 1) * strength + random.randn(cells, cells, 3) * strength * 0.25
        layers = [Image.fromarray(grid[..., channel].astype("float32")) for channel in range(3)]
        pixels = pixels + np.stack([np.asarray(layer.resize((side, side), Image.BICUBIC)) for layer in layers], -1)
    return pixels


def _shapes(random, side):
    """Edges, patches and grain of no meaning, as the things of a photograph that nobody has named; [side, side, 3]."""
    image = Image.fromarray(np.clip(_colours(random, side), 0, 255).astype("uint8"))
    draw = ImageDraw.Draw(image)
    for _ in range(random.randint(4, 14)):
        x, y = side * random.rand(2)
        width, height = side * random.uniform(0.04, 0.35, 2)
        color = tuple(int(value) for value in random.randint(20, 235, 3))
        if random.rand() < 0.5:
            draw.ellipse((x - width, y - height, x + width, y + height), fill=color)
        else:
            corners = [(x + width * random.uniform(-1, 1), y + height * random.uniform(-1, 1)) for _ in range(4)]
            draw.polygon(corners, fill=color)
    image = image.filter(ImageFilter.GaussianBlur(side / 128 * random.uniform(0, 2.5)))
    grain = random.randn(side, side, 1) * random.uniform(0, 4)
    return np.asarray(image).astype(float) + grain
