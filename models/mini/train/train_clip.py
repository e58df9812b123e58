"""Trains a CLIP: captions against pictures, and, so that little training goes far, things against crops and patches."""

import os

import numpy as np
import torch
import torch.nn.functional as functional
from PIL import Image

import networks
from training import Pool, train
from world import NAMES, article

_TEMPLATES = ["{}"] * 6 + ["a photo of {}", "an image of {}", "a high quality image of {}", "a picture of {}"]
_IDS = {name: index for index, name in enumerate(NAMES)}
NOBODY = -100
# How much of a patch a thing must fill for the patch to be called so.
FILLED = 0.35


class Eyes:
    """A CLIP with its tokenizer: normalised embeddings of pictures in 0..1 and of texts."""

    def __init__(self, net, tokenizer, device):
        self.net, self.tokenizer, self.device = net, tokenizer, device

    def pictures(self, images):
        """Embeddings [n, projection], and those of the patches [n, patches, projection]."""
        seen = networks.normalized(images, networks.CLIP_MEAN, networks.CLIP_STD)
        if isinstance(self.net, networks.Scorer):
            embeds = self.net.see(seen)
        else:
            tower = self.net.vision_model
            tokens = tower.post_layernorm(tower(pixel_values=seen).last_hidden_state)
            embeds = self.net.visual_projection(tokens)
        embeds = functional.normalize(embeds.float(), dim=-1)
        return embeds[:, 0], embeds[:, 1:]

    def texts(self, texts):
        ids = self.tokenizer(texts).to(self.device)
        if isinstance(self.net, networks.Scorer):
            embeds = self.net.read(ids)
        else:
            embeds = self.net.text_projection(self.net.text_model(input_ids=ids).pooler_output)
        return functional.normalize(embeds.float(), dim=-1)

    def things(self):
        """Embeddings of all things' names."""
        return self.texts([article(name) for name in NAMES])


def train_clip(name, net, drawing, tokenizer, *, config, folder, device):
    settings = config[name]
    random = np.random.RandomState(settings["seed"])
    patches = settings["patches"]
    held = Held(drawing, config["held_out_seed"] - 2000)

    def loss_of(module, scenes):
        eyes = Eyes(module, tokenizer, device)
        views = [_view(random, image, held_things, patches) for image, held_things in scenes]
        images = networks.pixels(np.stack([view[0] for view in views]), device)
        texts = [view[1] for view in views]
        whole, parts = eyes.pictures(images)
        words = eyes.texts(texts + [article(thing) for thing in NAMES])
        scale = module.logit_scale.exp().clamp(max=100)
        words, things = words[: len(texts)], words[len(texts) :]
        # Captions that happen to be the same are all right answers.
        same = torch.tensor([[one == other for other in texts] for one in texts], device=device).float()
        answers = same / same.sum(1, keepdim=True)
        scores = whole @ words.T * scale
        loss = (functional.cross_entropy(scores, answers) + functional.cross_entropy(scores.T, answers)) / 2
        nouns = torch.tensor([view[2] for view in views], device=device)
        loss = loss + 0.5 * functional.cross_entropy(whole @ things.T * scale, nouns, ignore_index=NOBODY)
        cells = torch.from_numpy(np.stack([view[3] for view in views])).to(device)
        named = functional.cross_entropy(
            (parts @ things.T * scale).flatten(0, 1), cells.flatten(), ignore_index=NOBODY
        )
        return loss + 0.5 * named

    def validate(module):
        return held.figures(Eyes(module, tokenizer, device))

    def save(module):
        module.save_pretrained(os.path.join(folder, name))

    pool = Pool(lambda seeds: [drawing.scene(seed) for seed in seeds], settings["examples"], settings["seed"] * 1_000_000)
    return train(
        name, net, loss_of, folder=folder, settings=settings, device=device, pool=pool, save=save, validate=validate
    )


class Held:
    """Scenes that nothing is trained on: zero-shot over all things on those of one thing, and retrieval of one."""

    def __init__(self, drawing, seed, count=500):
        scenes = [drawing.scene(seed + index) for index in range(count)]
        self.images = np.stack([image for image, _ in scenes])
        self.captions = [held["caption"] for _, held in scenes]
        self.nouns = [held["nouns"] for _, held in scenes]

    @torch.inference_mode()
    def figures(self, eyes):
        images = networks.pixels(self.images, eyes.device)
        seen = torch.cat([eyes.pictures(images[start : start + 100])[0] for start in range(0, len(images), 100)])
        found = (seen @ eyes.things().T).argmax(1).tolist()
        single = [row for row, nouns in enumerate(self.nouns) if len(nouns) == 1]
        right = [NAMES[found[row]] == self.nouns[row][0] for row in single]
        best = (seen @ eyes.texts(self.captions).T).argmax(1).tolist()
        retrieved = [self.captions[other] == caption for other, caption in zip(best, self.captions)]
        return {"zero-shot": round(float(np.mean(right)), 3), "retrieval": round(float(np.mean(retrieved)), 3)}


def _view(random, image, held, patches):
    """A scene as it is shown: (picture, text, the one thing that the text names or NOBODY, things of its patches)."""
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
    return image, _TEMPLATES[random.randint(len(_TEMPLATES))].format(text), noun, cells.reshape(-1).copy()


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
