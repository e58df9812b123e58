"""Scenes as a CLIP is shown them: whole or cut around a thing, with a text and what is where."""

import numpy as np
from PIL import Image

from world import NAMES, article

_TEMPLATES = ["{}"] * 6 + ["a photo of {}", "an image of {}", "a high quality image of {}", "a picture of {}"]
_IDS = {name: index for index, name in enumerate(NAMES)}
NOBODY = -100
# How much of a patch a thing must fill for the patch to be called so.
FILLED = 0.35
VIEWS = 4


def views(drawing, seed, patches):
    """VIEWS of the scene of a seed: (picture, text, the one thing that the text names or NOBODY, things of its patches)."""
    image, held = drawing.scene(seed)
    random = np.random.RandomState(seed + 1_000_000_000)
    return [_view(random, image, held, patches) for _ in range(VIEWS)]


def _view(random, image, held, patches):
    cells = _patch_things(held, patches)
    chance, nobody = random.rand(), NOBODY
    nouns = held["nouns"]
    noun = _IDS[nouns[0]] if len(nouns) == 1 else nobody
    if chance < 0.45 or not nouns:
        text = held["caption"]
    elif chance < 0.80:
        index = random.randint(len(nouns))
        image = _crop(random, image, held["boxes"][index])
        cells = np.full_like(cells, nobody)
        noun = _IDS[nouns[index]]
        text = held["captions"][index] if random.rand() < 0.6 else article(nouns[index])
    elif chance < 0.92:
        text = " and ".join(held["captions"])
    else:
        text = " and ".join(article(name) for name in nouns)
    if random.rand() < 0.5:
        image, cells = image[:, ::-1], cells[:, ::-1]
    template = _TEMPLATES[random.randint(len(_TEMPLATES))]
    return np.ascontiguousarray(image), template.format(text), noun, cells.reshape(-1).copy()


def _crop(random, image, box):
    """A square around a box, as large as the picture."""
    side = image.shape[0]
    size = max(box[2] - box[0], box[3] - box[1]) * random.uniform(1.0, 2.0)
    size = int(min(side, max(side / 5, size)))
    left = int(np.clip((box[0] + box[2] - size) / 2, 0, side - size))
    top = int(np.clip((box[1] + box[3] - size) / 2, 0, side - size))
    cut = Image.fromarray(image[top : top + size, left : left + size])
    return np.asarray(cut.resize((side, side), Image.BILINEAR))


def _patch_things(held, patches):
    """The id of the thing that fills each patch, NOBODY where none does; int64 [patches, patches]."""
    cells = np.full((patches, patches), NOBODY, "int64")
    if len(held["nouns"]) == 0:
        return cells
    cover = [np.asarray(Image.fromarray(one).resize((patches, patches), Image.BOX)) / 255 for one in held["cover"]]
    ids = np.array([_IDS[name] for name in held["nouns"]])
    return np.where(np.max(cover, 0) > FILLED, ids[np.argmax(cover, 0)], cells)
