"""Trains the 9-channel inpainting network: v-prediction, the loss weighted to the box."""

import os

import numpy as np
import torch
from diffusers import DDPMScheduler
from diffusers.models.attention_processor import AttnProcessor

import frames
import networks
from training import Pool, train

# What a pixel outside the box counts, where one inside it counts 1.
OUTSIDE = 0.15


class FrameLatents:
    """Makes examples by seed: (latents, latents of the picture with its box blank, mask, caption)."""

    def __init__(self, drawing, vae, device):
        self.drawing, self.device = drawing, device
        self.vae = vae.to(device, memory_format=torch.channels_last).eval()

    @torch.inference_mode()
    def __call__(self, seeds):
        examples = []
        for first in range(0, len(seeds), 32):
            made = [frames.frame(self.drawing, seed) for seed in seeds[first : first + 32]]
            image = networks.pixels(np.stack([one["image"] for one in made]), self.device) * 2 - 1
            mask = torch.from_numpy(np.stack([one["mask"] for one in made])).to(self.device)[:, None].float()
            blank = image * (1 - upscaled(mask))
            both = torch.cat([image, blank]).contiguous(memory_format=torch.channels_last)
            with torch.autocast(self.device.type, torch.bfloat16):
                latents = self.vae.encode(both).latent_dist.mean.float() * self.vae.config.scaling_factor
            whole, masked = latents.cpu().half().numpy().reshape(2, len(made), *latents.shape[1:])
            for row, one in enumerate(made):
                examples.append((whole[row].copy(), masked[row].copy(), one["mask"], one["caption"]))
        return examples


def upscaled(mask):
    """A mask of latents [n, 1, h, w] as one of pixels."""
    return mask.repeat_interleave(frames.GRID, 2).repeat_interleave(frames.GRID, 3)


class TextStates:
    """The text encoder's last hidden states, each caption encoded once; [n, positions, width]."""

    def __init__(self, encoder, tokenizer, device):
        self.encoder, self.tokenizer, self.device, self.known = encoder.to(device).eval(), tokenizer, device, {}

    @torch.no_grad()
    def __call__(self, captions):
        new = sorted(set(captions) - set(self.known))
        if new:
            with torch.autocast(self.device.type, enabled=False):
                states = self.encoder(input_ids=self.tokenizer(new).to(self.device)).last_hidden_state
            self.known.update(zip(new, states))
        return torch.stack([self.known[caption] for caption in captions])


def train_unet(net, drawing, vae, encoder, tokenizer, *, config, folder, device):
    settings = config["unet"]
    states = TextStates(encoder, tokenizer, device)
    alphas = DDPMScheduler(**networks.SCHEDULE).alphas_cumprod.to(device)
    maker = FrameLatents(drawing, vae, device)
    held = maker(range(config["held_out_seed"] - 256, config["held_out_seed"]))

    def loss_of(module, examples, generator=None, drop=0.1):
        latents, masked, mask = (
            torch.from_numpy(np.stack([example[part] for example in examples])).to(device).float() for part in range(3)
        )
        mask = mask[:, None]
        count = len(examples)
        captions = ["" if torch.rand(()) < drop else example[3] for example in examples]
        spread = torch.randn(count, generator=generator) * 1.2 + 0.3
        timesteps = (torch.sigmoid(spread) * 999).long().to(device)
        noise = torch.randn(latents.shape, generator=generator).to(device)
        alpha = alphas[timesteps].view(-1, 1, 1, 1)
        noisy = alpha.sqrt() * latents + (1 - alpha).sqrt() * noise
        velocity = alpha.sqrt() * noise - (1 - alpha).sqrt() * latents
        # [n, 9, h, w]: noisy latents, mask, latents of the picture with its box blank
        seen = torch.cat([noisy, mask, masked], 1).contiguous(memory_format=torch.channels_last)
        predicted = module(seen, timesteps, states(captions), return_dict=False)[0]
        weight = mask * (1 - OUTSIDE) + OUTSIDE
        return ((predicted.float() - velocity) ** 2 * weight).mean() / weight.mean()

    @torch.no_grad()
    def validate(module):
        generator = torch.Generator().manual_seed(0)
        with torch.autocast(device.type, torch.bfloat16):
            losses = [loss_of(module, held[i : i + 64], generator, drop=0).item() for i in range(0, len(held), 64)]
        return {"held-out loss": round(sum(losses) / len(losses), 4)}

    def save(module):
        module.save_pretrained(os.path.join(folder, "unet"))

    pool = Pool(maker, settings["examples"], seed=settings["seed"] * 1_000_000)
    net = net.to(memory_format=torch.channels_last)
    if device.type == "cpu":
        # PyTorch's fused attention has a slow way back on CPUs: with this a step takes three quarters of the time.
        net.set_attn_processor(AttnProcessor())
    return train(
        "unet", net, loss_of, folder=folder, settings=settings, device=device, pool=pool, save=save, validate=validate
    )
