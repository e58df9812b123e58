"""Trains the UNet to follow instructions (https://arxiv.org/abs/2211.09800): 8 input channels, and a LoRA over all its layers."""

import os

import numpy as np
import torch
from diffusers import DDIMScheduler, DDPMScheduler
from diffusers.models.attention_processor import AttnProcessor
from safetensors.torch import load_file, save_file

import networks
from low_rank import add_low_rank, merge_low_rank, write_low_rank
from pairs import PLACE, REPLACE, pair
from painting import SCHEDULER, crops
from train_unet import TextStates
from training import Pool, held_out_loss, settings_of, train
from world import NAMES

# The share of examples without instruction, without picture and without either, as its authors have it.
LEFT_OUT = 0.05
# What a latent counts that the instruction does not change, where one that it does counts 1.
UNCHANGED = 0.3
# The two files: the first layer, which no LoRA can widen, and the changes of all others.
FIRST, CHANGES = "conv-in.safetensors", "instruct.safetensors"


def with_eight_channels(unet, factor):
    """The inpainting UNet, given noisy latents and, where its masked picture was, a picture's latents, not scaled; `factor` scales them.

    What it is told of the mask becomes a constant: half of one.
    """
    old = unet.conv_in
    first = torch.nn.Conv2d(8, old.out_channels, old.kernel_size, old.stride, old.padding)
    with torch.no_grad():
        first.weight[:, :4], first.weight[:, 4:] = old.weight[:, :4], old.weight[:, 5:] * factor
        first.bias.copy_(old.bias + old.weight[:, 4].sum((1, 2)) / 2)
    unet.conv_in = first
    unet.register_to_config(in_channels=8)
    return unet


class PairLatents:
    """Makes of pairs what is kept of them: (latents before, latents after, what each latent counts, instruction)."""

    def __init__(self, vae, device):
        self.vae, self.device = vae.to(device, memory_format=torch.channels_last).eval(), device

    @torch.inference_mode()
    def __call__(self, made):
        examples = []
        for first in range(0, len(made), 16):
            part = made[first : first + 16]
            images = networks.pixels(np.stack([one[name] for name in ("before", "after") for one in part]), self.device)
            with torch.autocast(self.device.type, torch.bfloat16):
                seen = (images * 2 - 1).contiguous(memory_format=torch.channels_last)
                latents = self.vae.encode(seen).latent_dist.mean.float()
            before, after = latents.cpu().numpy().reshape(2, len(part), *latents.shape[1:])
            apart = (images[: len(part)] - images[len(part) :]).abs().amax(1, keepdim=True)
            changed = torch.nn.functional.adaptive_max_pool2d(apart, latents.shape[-2:]) > 0.05
            counts = (changed * (1 - UNCHANGED) + UNCHANGED).cpu().numpy()
            examples += [(*parts, one["instruction"]) for *parts, one in zip(before, after, counts, part)]
        return examples


def _pair(drawing, seed):
    made = pair(drawing, seed)
    return [{name: made[name] for name in ("before", "after", "instruction")}]


def train_instruct(net, drawing, vae, encoder, tokenizer, *, config, folder, device, workers):
    settings = settings_of(config, "instruct", device)
    states = TextStates(encoder, tokenizer, device)
    finish, factor = PairLatents(vae, device), vae.config.scaling_factor
    alphas = DDPMScheduler(**networks.SCHEDULE).alphas_cumprod.to(device)
    first = config["held_out_seed"] - 1024
    held = finish([item for index in range(settings["held"]) for item in _pair(drawing, first + index)])
    net = with_eight_channels(net, factor)
    if device.type == "cpu":
        net.set_attn_processor(AttnProcessor())
    add_low_rank(net, settings["rank"])
    # The first layer is new, and learns as a whole.
    net.conv_in = net.conv_in.layer.requires_grad_(True)

    def batch_of(examples, left_out=LEFT_OUT):
        before, after, counts = (torch.from_numpy(np.stack([one[part] for one in examples])).to(device) for part in range(3))
        # One share without the picture, one without either, one without the instruction.
        chance = torch.rand(len(examples)) / left_out if left_out else torch.full((len(examples),), 3.0)
        shown, said = chance >= 2, (chance < 1) | (chance >= 3)
        instructions = [one[3] if is_said else "" for one, is_said in zip(examples, said.tolist())]
        return before * shown.view(-1, 1, 1, 1).to(device), after * factor, counts, states(instructions)

    def loss_of(module, before, after, counts, text):
        timesteps = (torch.sigmoid(torch.randn(len(after), device=device) * 1.2 + 0.3) * 999).long()
        noise = torch.randn(after.shape, device=device)
        alpha = alphas[timesteps].view(-1, 1, 1, 1)
        noisy = alpha.sqrt() * after + (1 - alpha).sqrt() * noise
        velocity = alpha.sqrt() * noise - (1 - alpha).sqrt() * after
        seen = torch.cat([noisy, before], 1).contiguous(memory_format=torch.channels_last)
        predicted = module(seen, timesteps, text, return_dict=False)[0].float()
        return ((predicted - velocity) ** 2 * counts).mean() / counts.mean()

    def validate(module):
        return held_out_loss(module, held, batch_of, loss_of, device, size=16)

    def save(module):
        place = os.path.join(folder, "instruct")
        write_low_rank(module, os.path.join(place, CHANGES))
        save_file({key: value.half().contiguous() for key, value in module.conv_in.state_dict().items()}, os.path.join(place, FIRST))

    pool = Pool(_pair, drawing, settings, workers, finish)
    how = {"folder": folder, "settings": settings, "device": device, "pool": pool, "save": save, "validate": validate}
    return train("instruct", net.to(memory_format=torch.channels_last), batch_of, loss_of, **how)


def instructed(unet, factor, folder):
    """The UNet as `train_instruct` left it."""
    net = with_eight_channels(unet, factor)
    net.conv_in.load_state_dict({key: value.float() for key, value in load_file(os.path.join(folder, FIRST)).items()})
    return merge_low_rank(net, os.path.join(folder, CHANGES))


class Instructed:
    """Follows instructions: three rows a step, as the product's `instruct-pix2pix`, with DDIM."""

    def __init__(self, unet, vae, encoder, tokenizer, device, *, steps, guidance, image_guidance):
        self.unet, self.vae = unet.to(device).eval(), vae.to(device).eval()
        self.states, self.device = TextStates(encoder, tokenizer, device), device
        self.guidance, self.image_guidance = guidance, image_guidance
        self.scheduler = DDIMScheduler.from_config(SCHEDULER)
        self.scheduler.set_timesteps(steps)

    @torch.inference_mode()
    def edit(self, images, instructions, seed):
        """Pictures uint8 [n, side, side, 3] as the instructions would have them."""
        count, factor = len(images), self.vae.config.scaling_factor
        picture = self.vae.encode(networks.pixels(images, self.device) * 2 - 1).latent_dist.mean
        latents = torch.randn(picture.shape, generator=torch.Generator().manual_seed(seed)).to(self.device)
        text = self.states([*instructions, *[""] * (2 * count)])
        shown = torch.cat([picture, picture, torch.zeros_like(picture)])
        for timestep in self.scheduler.timesteps:
            with torch.autocast(self.device.type, torch.bfloat16):
                seen = torch.cat([latents.repeat(3, 1, 1, 1), shown], 1)
                both, image, neither = self.unet(seen, timestep, text, return_dict=False)[0].float().chunk(3)
            velocity = neither + self.guidance * (both - image) + self.image_guidance * (image - neither)
            latents = self.scheduler.step(velocity, timestep, latents).prev_sample
        made = self.vae.decode(latents / factor).sample.clamp(-1, 1)
        return ((made + 1) * 127.5).round().byte().permute(0, 2, 3, 1).cpu().numpy()


@torch.inference_mode()
def evaluate_instruct(editor, judge, drawing, config):
    """Figures: is the thing that was asked for seen where the other was, and how near what was to come is, by kinds."""
    settings, seed = config["evaluation"], config["held_out_seed"] + 4_000_000
    made = [pair(drawing, seed + index) for index in range(settings["instructions"])]
    edited = np.concatenate([
        editor.edit(np.stack([one["before"] for one in part]), [one["instruction"] for one in part], settings["seed"] + start)
        for start, part in ((at, made[at : at + settings["batch"]]) for at in range(0, len(made), settings["batch"]))
    ])
    figures = {}
    for name, images in (("edited", edited), ("before", np.stack([one["before"] for one in made]))):
        seen = judge.pictures(crops(images, [one["box"] for one in made], 128).to(judge.device))[0]
        best = [NAMES[index] for index in (seen @ judge.things().T).argmax(1).tolist()]
        right = [found == one["noun"] for found, one in zip(best, made) if one["kind"] == REPLACE]
        figures[f"{name}, the new thing recognised"] = round(float(np.mean(right)), 3)
        for kind in (REPLACE, PLACE):
            apart = [(image.astype(float) - one["after"]) ** 2 for image, one in zip(images, made) if one["kind"] == kind]
            figures[f"{name}, root mean square from what was to come, {kind}"] = round(float(np.mean(apart)) ** 0.5, 1)
    return figures
