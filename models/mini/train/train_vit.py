"""Trains a ViT in DINO's layout, with supervision: the last class attention falls on things, patches know theirs."""

import os

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as functional

import networks
from artists import scene
from training import Pool, settings_of, train
from views import FILLED
from world import NAMES


def train_vit(net, drawing, *, config, folder, device, workers):
    settings = settings_of(config, "vit", device)
    grid = settings["sizes"]["image_size"] // settings["sizes"]["patch_size"]
    held = [drawing.scene(config["held_out_seed"] - 2000 + index) for index in range(200)]
    module = nn.ModuleDict({"vit": net, "head": nn.Linear(settings["sizes"]["hidden_size"], len(NAMES) + 1)})
    weight = torch.ones(len(NAMES) + 1, device=device)
    weight[0] = 0.3

    def batch_of(scenes):
        batch = _batch(scenes, grid, device)
        return [part.flip(-1) for part in batch] if torch.rand(()) < 0.5 else batch

    def loss_of(module, images, wanted, things):
        attention, tokens = look(module["vit"], images)
        # Of a scene of nothing nothing is wanted.
        filled = wanted.flatten(1).sum(1).sum()
        spread = -(wanted.flatten(1) * (attention + 1e-6).log()).sum() / filled
        named = functional.cross_entropy(module["head"](tokens).flatten(0, 1), things.flatten(), weight=weight)
        return 0.3 * spread + named

    @torch.no_grad()
    def validate(module):
        images, wanted, things = _batch(held, grid, device)
        attention, tokens = look(module["vit"], images)
        wanted, things = wanted.flatten(1) > 0, things.flatten(1)
        filled = wanted.any(1)
        top = attention.topk(8, 1).indices
        known = (module["head"](tokens).argmax(-1) == things)[things > 0]
        return {
            "top 8 on things": round(wanted.gather(1, top)[filled].float().mean().item(), 3),
            "patches that know their thing": round(known.float().mean().item(), 3),
        }

    def save(module):
        module["vit"].save_pretrained(os.path.join(folder, "vit"))

    pool = Pool(scene, drawing, settings, workers)
    how = {"folder": folder, "settings": settings, "device": device, "pool": pool, "save": save, "validate": validate}
    return train("vit", module, batch_of, loss_of, **how)


def look(vit, images):
    """The last layer's attention of the class token, averaged over heads [n, patches], and patch tokens."""
    seen = networks.normalized(images, networks.VIT_MEAN, networks.VIT_STD)
    out = vit(pixel_values=seen, output_attentions=True)
    return out.attentions[-1][:, :, 0, 1:].mean(1).float(), out.last_hidden_state[:, 1:].float()


def _batch(scenes, grid, device):
    """Pictures; the attention that is wanted [n, grid, grid], each thing an equal share; the thing of each patch + 1."""
    wanted = np.zeros((len(scenes), grid, grid), "float32")
    things = np.zeros((len(scenes), grid, grid), "int64")
    for row, (_, held) in enumerate(scenes):
        if len(held["nouns"]) == 0:
            continue
        cover = held["cover"].astype("float32") / 255
        cover = cover.reshape(len(cover), grid, 16 // grid, grid, 16 // grid).mean((2, 4))
        shares = (cover / np.maximum(cover.sum((1, 2), keepdims=True), 1e-6)).mean(0)
        wanted[row] = shares / max(1e-6, shares.sum())
        ids = np.array([NAMES.index(name) + 1 for name in held["nouns"]])
        things[row] = np.where(cover.max(0) > FILLED, ids[cover.argmax(0)], 0)
    images = networks.pixels(np.stack([image for image, _ in scenes]), device)
    return images, torch.from_numpy(wanted).to(device), torch.from_numpy(things).to(device)
