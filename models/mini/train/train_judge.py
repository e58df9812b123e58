"""The judge: says by the ViT's features what a picture shows, in the space of CLIP's texts. Edits are not made with it."""

import os

import numpy as np
import torch
import torch.nn.functional as functional
from safetensors.torch import save_file

import networks
from train_clip import Eyes
from views import NOBODY, views
from world import NAMES, article


def features_of(vit, images, device, batch=64):
    """Of uint8 [n, side, side, 3]: [n, 2 d], the mean of the patches' features and the mean that their attention weighs."""
    found = []
    with torch.inference_mode():
        for start in range(0, len(images), batch):
            seen = networks.pixels(np.stack(images[start : start + batch]), device)
            output = vit(networks.normalized(seen, networks.VIT_MEAN, networks.VIT_STD), output_attentions=True)
            patches = output.last_hidden_state[:, 1:]
            weights = output.attentions[-1][:, :, 0, 1:].mean(1)
            weights = weights / weights.sum(1, keepdim=True)
            found.append(torch.cat([patches.mean(1), (weights[..., None] * patches).sum(1)], 1).cpu())
    return torch.cat(found)


def train_judge(vit, clip, drawing, tokenizer, *, config, folder, device):
    """Writes folder/judge.safetensors; returns what it gets right of held-out scenes."""
    settings, first = config["judge"], config["held_out_seed"]
    torch.manual_seed(settings["seed"])
    vit, eyes = vit.to(device).eval(), Eyes(clip.to(device).eval(), tokenizer, device)
    shown = [one for seed in range(settings["scenes"]) for one in views(drawing, settings["seed"] * 1_000_000 + seed, 1)]
    images, texts, nouns, _ = zip(*shown)
    inputs, nouns = features_of(vit, images, device), torch.tensor(nouns)
    with torch.inference_mode():
        known = {text: None for text in texts}
        words = torch.cat([eyes.texts(list(known)[start : start + 256]).cpu() for start in range(0, len(known), 256)])
        named_things = eyes.texts([article(name) for name in NAMES]).cpu()
    words, named_things = words.clone(), named_things.clone()
    ids = torch.tensor(_indices(texts, known))
    width, hidden = inputs.shape[1], settings["hidden"]
    mean, spread = inputs.mean(0), inputs.std(0) + 1e-6
    net = torch.nn.Sequential(torch.nn.Linear(width, hidden), torch.nn.ReLU(), torch.nn.Linear(hidden, words.shape[1]))
    optimizer = torch.optim.AdamW(net.parameters(), lr=settings["rate"], weight_decay=settings["weight_decay"])
    steps = settings["steps"]
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    for step in range(steps):
        rows = torch.randint(len(inputs), (settings["batch"],))
        seen = functional.normalize(net((inputs[rows] - mean) / spread), dim=-1)
        said = words[ids[rows]]
        same = (ids[rows][:, None] == ids[rows][None]).float()
        answers = same / same.sum(1, keepdim=True)
        scores = settings["scale"] * seen @ said.T
        loss = (functional.cross_entropy(scores, answers) + functional.cross_entropy(scores.T, answers)) / 2
        if (nouns[rows] != NOBODY).any():
            named = settings["scale"] * seen @ named_things.T
            loss = loss + 0.5 * functional.cross_entropy(named, nouns[rows], ignore_index=NOBODY)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        if step % 500 == 0:
            print(f"judge: step {step}, loss {loss.item():.3f}", flush=True)
    # What is standardised is said by the first layer.
    with torch.no_grad():
        weight = net[0].weight / spread
        weights = {
            "hidden.weight": weight, "hidden.bias": net[0].bias - weight @ mean,
            "output.weight": net[2].weight, "output.bias": net[2].bias,
        }
        save_file({name: value.contiguous().float() for name, value in weights.items()}, os.path.join(folder, "judge.safetensors"))
    return _figures(vit, eyes, net, mean, spread, drawing, first, device)


def _indices(texts, known):
    places = {text: index for index, text in enumerate(known)}
    return [places[text] for text in texts]


def _figures(vit, eyes, net, mean, spread, drawing, first, device, count=300):
    """On held-out scenes: zero-shot over all things on those of one thing, and retrieval of one caption of all."""
    scenes = [drawing.scene(first + index) for index in range(count)]
    with torch.inference_mode():
        inputs = features_of(vit, [image for image, _ in scenes], device)
        seen = functional.normalize(net((inputs - mean) / spread), dim=-1)
        things = eyes.texts([article(name) for name in NAMES]).cpu()
        captions = [held["caption"] for _, held in scenes]
        said = eyes.texts(captions).cpu()
    found, best = (seen @ things.T).argmax(1).tolist(), (seen @ said.T).argmax(1).tolist()
    single = [row for row, (_, held) in enumerate(scenes) if len(held["nouns"]) == 1]
    return {
        "zero-shot": round(float(np.mean([NAMES[found[row]] == scenes[row][1]["nouns"][0] for row in single])), 3),
        "retrieval": round(float(np.mean([captions[other] == caption for other, caption in zip(best, captions)])), 3),
    }
