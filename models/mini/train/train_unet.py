"""Trains the 9-channel inpainting network: v-prediction, the loss weighted to the box."""

import os

import numpy as np
import torch
from diffusers import DDPMScheduler
from diffusers.models.attention_processor import AttnProcessor

import frames
import networks
from training import Pool, held_out_loss, settings_of, train

# What a pixel outside the box counts, where one inside it counts 1.
OUTSIDE = 0.15
# The share of captions that training leaves out, for guidance.
DROPPED = 0.1


class FrameLatents:
    """Makes of frames what is kept of them: (latents, latents of the picture with its box blank, mask, caption)."""

    def __init__(self, vae, device):
        self.device, self.at_once = device, 32 if device.type == "cpu" else 256
        self.vae = vae.to(device, memory_format=torch.channels_last).eval()

    @torch.inference_mode()
    def __call__(self, made):
        examples = []
        for first in range(0, len(made), self.at_once):
            part = made[first : first + self.at_once]
            image = networks.pixels(np.stack([one["image"] for one in part]), self.device) * 2 - 1
            mask = torch.from_numpy(np.stack([one["mask"] for one in part])).to(self.device)[:, None].float()
            blank = image * (1 - upscaled(mask))
            both = torch.cat([image, blank]).contiguous(memory_format=torch.channels_last)
            with torch.autocast(self.device.type, torch.bfloat16):
                latents = self.vae.encode(both).latent_dist.mean.float() * self.vae.config.scaling_factor
            whole, masked = latents.cpu().half().numpy().reshape(2, len(part), *latents.shape[1:])
            for row, one in enumerate(part):
                examples.append((whole[row].copy(), masked[row].copy(), one["mask"], one["caption"]))
        return examples


def frame(drawing, seed):
    made = frames.frame(drawing, seed)
    return [{name: made[name] for name in ("image", "mask", "caption")}]


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


def train_unet(net, drawing, vae, encoder, tokenizer, *, config, folder, device, workers):
    settings = settings_of(config, "unet", device)
    states = TextStates(encoder, tokenizer, device)
    alphas = DDPMScheduler(**networks.SCHEDULE).alphas_cumprod.to(device)
    finish = FrameLatents(vae, device)
    first = config["held_out_seed"] - 256
    held = finish([frames.frame(drawing, first + index) for index in range(256)])

    def batch_of(examples, drop=DROPPED):
        latents, masked, mask = (np.stack([example[part] for example in examples]) for part in range(3))
        captions = ["" if torch.rand(()) < drop else example[3] for example in examples]
        parts = (torch.from_numpy(part).to(device).float() for part in (latents, masked, mask[:, None]))
        return *parts, states(captions)

    def loss_of(module, latents, masked, mask, text):
        spread = torch.randn(len(latents), device=device) * 1.2 + 0.3
        timesteps = (torch.sigmoid(spread) * 999).long()
        noise = torch.randn(latents.shape, device=device)
        alpha = alphas[timesteps].view(-1, 1, 1, 1)
        noisy = alpha.sqrt() * latents + (1 - alpha).sqrt() * noise
        velocity = alpha.sqrt() * noise - (1 - alpha).sqrt() * latents
        # [n, 9, h, w]: noisy latents, mask, latents of the picture with its box blank
        seen = torch.cat([noisy, mask, masked], 1).contiguous(memory_format=torch.channels_last)
        predicted = module(seen, timesteps, text, return_dict=False)[0]
        weight = mask * (1 - OUTSIDE) + OUTSIDE
        return ((predicted.float() - velocity) ** 2 * weight).mean() / weight.mean()

    def validate(module):
        return held_out_loss(module, held, batch_of, loss_of, device)

    def save(module):
        module.save_pretrained(os.path.join(folder, "unet"))

    pool = Pool(frame, drawing, settings, workers, finish)
    net = net.to(memory_format=torch.channels_last)
    if device.type == "cpu":
        # PyTorch's fused attention has a slow way back on CPUs: with this a step takes three quarters of the time.
        net.set_attn_processor(AttnProcessor())
    how = {"folder": folder, "settings": settings, "device": device, "pool": pool, "save": save, "validate": validate}
    return train("unet", net, batch_of, loss_of, **how)
