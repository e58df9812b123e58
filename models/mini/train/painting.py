"""Paints frames as the product does: classifier-free guidance, the picture's known part beside the noisy latents."""

import os

import numpy as np
import torch
from diffusers import DDIMScheduler

import networks
from train_unet import TextStates, upscaled

SCHEDULER = {
    "_class_name": "DDIMScheduler", **networks.SCHEDULE, "clip_sample": False, "set_alpha_to_one": False,
    "steps_offset": 1, "timestep_spacing": "trailing",
}


class Painter:
    """The networks that paint, and how."""

    def __init__(self, unet, vae, encoder, tokenizer, device, *, steps, guidance, scheduler=None):
        self.unet = unet.to(device, memory_format=torch.channels_last).eval()
        self.vae = vae.to(device, memory_format=torch.channels_last).eval()
        self.states = TextStates(encoder, tokenizer, device)
        self.device, self.guidance = device, guidance
        self.scheduler = DDIMScheduler.from_config(scheduler or SCHEDULER)
        self.scheduler.set_timesteps(steps)

    @torch.inference_mode()
    def paint(self, images, masks, captions, seed):
        """Frames uint8 [n, side, side, 3] with the boxes of masks [n, h, w] painted; what is outside stays."""
        device, factor = self.device, self.vae.config.scaling_factor
        image = networks.pixels(images, device) * 2 - 1
        mask = torch.as_tensor(masks).to(device)[:, None].float()
        area = upscaled(mask)
        count = len(images)
        with torch.autocast(device.type, torch.bfloat16):
            known = self.vae.encode(image * (1 - area)).latent_dist.mean.float() * factor
            noise = torch.randn(known.shape, generator=torch.Generator().manual_seed(seed))
            latents = noise.to(device)
            text = self.states(([] if self.guidance == 1 else [""] * count) + list(captions))
            for timestep in self.scheduler.timesteps:
                seen = torch.cat([torch.cat([latents, mask, known], 1)] * (len(text) // count))
                seen = seen.contiguous(memory_format=torch.channels_last)
                velocity = self.unet(seen, timestep, text, return_dict=False)[0].float()
                if self.guidance != 1:
                    without, with_text = velocity.chunk(2)
                    velocity = without + self.guidance * (with_text - without)
                latents = self.scheduler.step(velocity, timestep, latents).prev_sample
            painted = self.vae.decode(latents / factor).sample.float().clamp(-1, 1)
        whole = painted * area + image * (1 - area)
        return ((whole + 1) * 127.5).round().byte().permute(0, 2, 3, 1).cpu().numpy()


def write_scheduler(folder):
    networks.write_json(os.path.join(folder, "scheduler_config.json"), SCHEDULER)


def crops(images, boxes, side):
    """The boxes (left, top, right, bottom) of pictures uint8, each scaled to a square; floats [n, 3, side, side]."""
    cut = []
    for image, (left, top, right, bottom) in zip(images, boxes):
        part = networks.pixels(np.ascontiguousarray(image[None, top:bottom, left:right]), "cpu")
        cut.append(torch.nn.functional.interpolate(part, size=(side, side), mode="bilinear", antialias=True))
    return torch.cat(cut)
