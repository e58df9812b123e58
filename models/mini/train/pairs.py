"""Pairs of pictures that an instruction lies between: one thing for another, another colour, another place."""

import numpy as np

from drawing import pick, scaled
from world import NAMES, PLACES, TINTABLE, TINTS, article

REPLACE, TINT, PLACE = "replace", "tint", "place"
# What "make it ..." and "move it ..." can say; places that have no name are not among them.
_MADE = {"night": ["make it night", "turn day into night"], "snow": ["make it snowy", "let it snow"]}
_PUT = {
    "beach": "put it at the beach", "desert": "put it in the desert", "grass": "put it on the grass", "sea": "put it in the sea",
    "table": "put it on a table",
}


def pair(drawing, seed):
    """By seed a dict of

    before, after   uint8 [side, side, 3]
    instruction     "turn the bus into an owl", "make the car blue", "make it night"
    kind            REPLACE, TINT or PLACE
    noun            what is in the box afterwards
    box             of the thing: left, top, right, bottom in pixels
    """
    random = np.random.RandomState(seed)
    side = drawing.side
    kind = random.choice([REPLACE, TINT, PLACE], p=[0.5, 0.2, 0.3])
    noun = then = pick(random, TINTABLE if kind == TINT else NAMES)
    tint, place = None, pick(random, list(PLACES))
    place_then = place
    if kind == REPLACE:
        then = pick(random, [name for name in NAMES if name != noun])
        verb, into = pick(random, [("turn", "into"), ("replace", "with"), ("change", "into")])
        instruction = f"{verb} the {noun} {into} {article(then)}"
    elif kind == TINT:
        tint = pick(random, list(TINTS))
        instruction = f"make the {noun} {tint}"
    else:
        place = pick(random, [name for name in PLACES if name not in _MADE])
        place_then = pick(random, [name for name in [*_MADE, *_MADE, *_PUT] if name != place])
        instruction = pick(random, _MADE[place_then]) if place_then in _MADE else _PUT[place_then]
    size = int(side * random.uniform(0.35, 0.7))
    left, top = (random.randint(0, side - size + 1) for _ in range(2))
    ground = random.randint(1 << 30)

    def drawn(name, tint, place):
        # The same numbers for both: a hill stays where it was.
        image = drawing.background(np.random.RandomState(ground), place)
        tile = scaled(drawing.tile(name, tint), size)
        image.alpha_composite(tile, (left + (size - tile.width) // 2, top + (size - tile.height) // 2))
        return np.asarray(image.convert("RGB"))

    return {
        "before": drawn(noun, None, place), "after": drawn(then, tint, place_then), "instruction": instruction,
        "kind": str(kind), "noun": then, "box": (left, top, left + size, top + size),
    }
