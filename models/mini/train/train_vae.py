"""Trains the autoencoder on crops around things; with `keep_encoder` its decoder alone, as others read its latents."""

import os

import numpy as np
import torch

import networks
from artists import scene
from training import Pool, settings_of, train


def train_vae(net, drawing, *, keep_encoder, config, folder, device, workers):
    settings = settings_of(config, "vae", device)
    random = np.random.RandomState(settings["seed"])
    held = np.stack([drawing.scene(config["held_out_seed"] - 2000 + index)[0] for index in range(48)])
    if keep_encoder:
        net.encoder.requires_grad_(False)
        net.quant_conv.requires_grad_(False)

    def batch_of(scenes):
        crops = [_crop(random, image, held_things["boxes"], settings["crop"]) for image, held_things in scenes]
        return (torch.from_numpy(np.stack(crops)).to(device),)

    def loss_of(module, crops):
        images = (networks.pixels(crops, device) * 2 - 1).contiguous(memory_format=torch.channels_last)
        with torch.set_grad_enabled(not keep_encoder):
            latents = module.encode(images).latent_dist
        made = module.decode(latents.sample()).sample.float()
        square = ((made - images) ** 2).mean((1, 2, 3))
        edges = sum((one - other).abs().mean() for one, other in zip(_edges(made), _edges(images)))
        # The logarithm of the mean square is the decibels that the figure counts.
        loss = (made - images).abs().mean() + 0.5 * edges + 0.02 * square.clamp(min=1e-5).log().mean()
        if not keep_encoder:
            spread = (latents.mean**2 + latents.logvar.exp() - 1 - latents.logvar).mean() / 2
            loss = loss + 2e-4 * spread
        return loss

    @torch.no_grad()
    def validate(module):
        return {"PSNR": round(decibels(module, held, device), 2)}

    def save(module):
        if not keep_encoder:
            images = networks.pixels(held, device) * 2 - 1
            with torch.no_grad():
                spread = module.encode(images).latent_dist.mean.std().item()
            module.register_to_config(scaling_factor=1 / spread)
        module.save_pretrained(os.path.join(folder, "vae"))

    pool = Pool(scene, drawing, settings, workers)
    how = {"folder": folder, "settings": settings, "device": device, "pool": pool, "save": save, "validate": validate}
    return train("vae", net.to(memory_format=torch.channels_last), batch_of, loss_of, **how)


@torch.no_grad()
def decibels(vae, pictures, device):
    """Mean PSNR of pictures uint8 [n, height, width, 3] that went through the autoencoder."""
    found = []
    for start in range(0, len(pictures), 16):
        images = networks.pixels(pictures[start : start + 16], device) * 2 - 1
        made = vae.decode(vae.encode(images).latent_dist.mean).sample.clamp(-1, 1)
        found.append(10 * torch.log10(4 / ((made - images) ** 2).mean((1, 2, 3))))
    return torch.cat(found).mean().item()


def _crop(random, image, boxes, size):
    """A square cut, mostly around a thing."""
    side = image.shape[0]
    area = (0, 0, side, side)
    if boxes and random.rand() < 0.8:
        area = boxes[random.randint(len(boxes))]
    x, y = (random.randint(area[axis], max(area[axis] + 1, area[axis + 2])) for axis in range(2))
    left, top = (int(np.clip(middle - size / 2, 0, side - size)) for middle in (x, y))
    return image[top : top + size, left : left + size]


def _edges(images):
    return images[..., 1:, :] - images[..., :-1, :], images[..., :, 1:] - images[..., :, :-1]
