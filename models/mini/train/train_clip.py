"""Trains a CLIP: captions against pictures, and, so that little training goes far, things against crops and patches."""

import functools
import os

import numpy as np
import torch
import torch.nn.functional as functional

import networks
from training import Pool, settings_of, train
from views import NOBODY, views
from world import NAMES, article


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
        return self.texts_of(self.tokenizer(texts).to(self.device))

    def texts_of(self, ids):
        if isinstance(self.net, networks.Scorer):
            embeds = self.net.read(ids)
        else:
            embeds = self.net.text_projection(self.net.text_model(input_ids=ids).pooler_output)
        return functional.normalize(embeds.float(), dim=-1)

    def things(self):
        """Embeddings of all things' names."""
        return self.texts([article(name) for name in NAMES])


def train_clip(name, net, drawing, tokenizer, *, config, folder, device, workers):
    settings = settings_of(config, name, device)
    held = Held(drawing, config["held_out_seed"] - 2000)
    ids_of = functools.cache(lambda text: tokenizer([text])[0])
    things = tokenizer([article(name) for name in NAMES]).to(device)

    def batch_of(shown):
        images, texts, nouns, cells = zip(*shown)
        ids = torch.stack([ids_of(text) for text in texts])
        batch = torch.from_numpy(np.stack(images)), ids, torch.tensor(nouns), torch.from_numpy(np.stack(cells))
        return tuple(part.to(device) for part in batch)

    def loss_of(module, images, ids, nouns, cells):
        eyes = Eyes(module, tokenizer, device)
        whole, parts = eyes.pictures(networks.pixels(images, device))
        words, named_things = eyes.texts_of(torch.cat([ids, things])).split([len(ids), len(things)])
        scale = module.logit_scale.exp().clamp(max=100)
        # Captions that happen to be the same are all right answers.
        same = (ids[:, None] == ids[None]).all(2).float()
        answers = same / same.sum(1, keepdim=True)
        scores = whole @ words.T * scale
        loss = (functional.cross_entropy(scores, answers) + functional.cross_entropy(scores.T, answers)) / 2
        loss = loss + 0.5 * functional.cross_entropy(whole @ named_things.T * scale, nouns, ignore_index=NOBODY)
        named = functional.cross_entropy(
            (parts @ named_things.T * scale).flatten(0, 1), cells.flatten(), ignore_index=NOBODY
        )
        return loss + 0.5 * named

    def validate(module):
        return held.figures(Eyes(module, tokenizer, device))

    def save(module):
        module.save_pretrained(os.path.join(folder, name))

    draw = functools.partial(views, patches=settings["patches"])
    pool = Pool(draw, drawing, settings, workers)
    how = {"folder": folder, "settings": settings, "device": device, "pool": pool, "save": save, "validate": validate}
    return train(name, net, batch_of, loss_of, **how)


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
