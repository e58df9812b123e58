"""Distils a LoRA that paints in few steps without guidance what the UNet paints in many with it.

The sampler stays DDIM, and the LoRA learns its few timesteps alone: at each, the velocity whose one step lands where the
UNet lands in several guided steps. That is progressive distillation (https://arxiv.org/abs/2202.00512) with the guidance
inside (https://arxiv.org/abs/2210.03142), in one go. Whoever paints draws as much noise as before, once.
"""

import os

import numpy as np
import torch
from diffusers import DDIMScheduler
from diffusers.models.attention_processor import AttnProcessor

import frames
from low_rank import add_low_rank, switch_low_rank, write_low_rank
from painting import SCHEDULER
from train_unet import OUTSIDE, FrameLatents, TextStates, frame
from training import Pool, settings_of, train


def train_few_steps(net, drawing, vae, encoder, tokenizer, *, config, folder, device, workers):
    settings = settings_of(config, "few_steps", device)
    states = TextStates(encoder, tokenizer, device)
    walk = Walk(settings, device)
    finish = FrameLatents(vae, device)
    first = config["held_out_seed"] - 512
    held = finish([frames.frame(drawing, first + index) for index in range(8)])

    def batch_of(examples):
        latents, masked, mask = (np.stack([example[part] for example in examples]) for part in range(3))
        parts = (torch.from_numpy(part).to(device).float() for part in (latents, masked, mask[:, None]))
        return *parts, states([example[3] for example in examples]), states([""] * len(examples))

    def loss_of(module, latents, masked, mask, text, nothing):
        # A CPU without matrix units for them computes with 16-bit floats more slowly.
        with torch.autocast(device.type, torch.bfloat16, enabled=device.type == "cuda"):
            start = torch.randint(walk.steps, (len(latents),), device=device)
            noisy = walk.noisy(latents, torch.randn(latents.shape, device=device), start)

            def velocity_of(noisy, timesteps, text):
                count = len(text) // len(noisy)
                seen = torch.cat([noisy, mask, masked], 1).repeat(count, 1, 1, 1)
                seen = seen.contiguous(memory_format=torch.channels_last)
                return module(seen, timesteps.repeat(count), text, return_dict=False)[0].float()

            def guided(noisy, timesteps):
                without, with_text = velocity_of(noisy, timesteps, torch.cat([nothing, text])).chunk(2)
                return without + settings["guidance"] * (with_text - without)

            switch_low_rank(module, False)
            with torch.no_grad():
                wanted = walk.velocity_to(noisy, walk.teach(guided, noisy, start), start)
            switch_low_rank(module, True)
            predicted = velocity_of(noisy, walk.timesteps[start], text)
            weight = mask * (1 - OUTSIDE) + OUTSIDE
            # Pseudo-Huber: a few pixels that nobody could guess must not lead.
            apart = ((predicted - wanted) ** 2 + settings["huber"] ** 2).sqrt() - settings["huber"]
            return (apart * weight).mean() / weight.mean()

    @torch.no_grad()
    def validate(module):
        devices = [device] if device.type == "cuda" else []
        with torch.random.fork_rng(devices):
            torch.manual_seed(0)
            losses = [loss_of(module, *batch_of(held[at : at + 8])).item() for at in range(0, len(held), 8)]
        return {"held-out loss": round(sum(losses) / len(losses), 4)}

    def save(module):
        write_low_rank(module, os.path.join(folder, "few_steps", "few-steps.safetensors"))

    pool = Pool(frame, drawing, settings, workers, finish)
    if device.type == "cpu":
        net.set_attn_processor(AttnProcessor())
    add_low_rank(net, settings["rank"])
    net = net.to(memory_format=torch.channels_last)
    how = {"folder": folder, "settings": settings, "device": device, "pool": pool, "save": save, "validate": validate}
    return train("few_steps", net, batch_of, loss_of, **how)


class Walk:
    """The few steps of the student, and those of the teacher in between: `substeps` to each."""

    def __init__(self, settings, device):
        self.steps, self.substeps = settings["steps"], settings["substeps"]
        scheduler = DDIMScheduler.from_config(SCHEDULER)
        scheduler.set_timesteps(self.steps * self.substeps)
        # [steps * substeps + 1], the last one clean but for the schedule's first noise.
        self.all = torch.cat([scheduler.timesteps, torch.tensor([0])]).to(device)
        self.alphas = scheduler.alphas_cumprod.to(device)[self.all]
        self.timesteps = self.all[:-1][:: self.substeps]

    def _parts(self, at):
        """What stays of latents and of noise, [n, 1, 1, 1]."""
        alpha = self.alphas[at].view(-1, 1, 1, 1)
        return alpha.sqrt(), (1 - alpha).sqrt()

    def noisy(self, latents, noise, start):
        kept, added = self._parts(start * self.substeps)
        return kept * latents + added * noise

    def teach(self, guided, noisy, start):
        """Where the teacher's steps lead from `noisy`, by each one's step of the student."""
        for at in range(self.substeps):
            place = start * self.substeps + at
            velocity = guided(noisy, self.all[place])
            (kept, added), (kept_then, added_then) = self._parts(place), self._parts(place + 1)
            clean, noise = kept * noisy - added * velocity, added * noisy + kept * velocity
            noisy = kept_then * clean + added_then * noise
        return noisy

    def velocity_to(self, noisy, wanted, start):
        """The velocity whose one step goes from `noisy` to `wanted`."""
        (kept, added), (kept_then, added_then) = self._parts(start * self.substeps), self._parts((start + 1) * self.substeps)
        return ((kept_then * kept + added_then * added) * noisy - wanted) / (kept_then * added - added_then * kept)
