"""Trains the masked transformer: which entries of the codebook fill a box, by its caption and by the tokens around it.

One network serves both ways of asking: with a sentence (aMUSEd's way, https://arxiv.org/abs/2401.01808), and with a class, which is
the thing's name as a sentence (MaskGIT's way, https://arxiv.org/abs/2202.04200).
"""

import math
import os

import numpy as np
import torch
from diffusers.models.attention_processor import AttnProcessor

import frames
import networks
import train_vq
from training import Pool, held_out_loss, settings_of, train

# The share of captions that training leaves out, for guidance, and of examples that show nothing of their box.
DROPPED, UNSEEN = 0.1, 0.3
# The share of examples of which the tokens around the box are painted too: what the encoder saw of the thing shows in them.
BEYOND = 0.5
# The micro-conditions that the product asks for: width, height, left and top of the crop, aesthetic score.
CONDITIONS = (128, 128, 0, 0, 6)


class FrameTokens:
    """Makes of frames what is kept of them: (entries [h, w], cells that the box touches [h, w], caption)."""

    def __init__(self, vq, device):
        self.device, self.vq = device, vq.to(device, memory_format=torch.channels_last).eval()

    def __call__(self, made):
        images = networks.pixels(np.stack([one["image"] for one in made]), self.device)
        ids = train_vq.encode(self.vq, images).cpu().short().numpy()
        cells = touched(torch.from_numpy(np.stack([one["mask"] for one in made])), ids.shape[-1]).numpy()
        return [(row, cell, one["caption"]) for row, cell, one in zip(ids, cells, made)]


def touched(masks, side):
    """Masks of latents [n, h, w] as ones of tokens, bool [n, side, side]: each that the box touches."""
    return torch.nn.functional.max_pool2d(masks[:, None].float(), masks.shape[-1] // side)[:, 0] > 0


def frame(drawing, seed):
    made = frames.frame(drawing, seed)
    return [{name: made[name] for name in ("image", "mask", "caption")}]


class TokenTexts:
    """Of captions, each read once, CLIP's last layer but one [n, positions, width], and their embeddings [n, projection]."""

    def __init__(self, clip, tokenizer, device):
        self.clip, self.tokenizer, self.device, self.known = clip.to(device).eval(), tokenizer, device, {}

    @torch.no_grad()
    def __call__(self, captions):
        new = sorted(set(captions) - set(self.known))
        if new:
            with torch.autocast(self.device.type, enabled=False):
                read = self.clip.text_model(input_ids=self.tokenizer(new).to(self.device), output_hidden_states=True)
                embeds = self.clip.text_projection(read.pooler_output)
            self.known.update(zip(new, zip(read.hidden_states[-2], embeds)))
        return tuple(torch.stack(part) for part in zip(*(self.known[caption] for caption in captions)))


def train_tokens(net, drawing, vq, clip, tokenizer, *, config, folder, device, workers):
    settings = settings_of(config, "tokens", device)
    texts = TokenTexts(clip, tokenizer, device)
    finish = FrameTokens(vq, device)
    mask_id = net.config.vocab_size - 1
    first = config["held_out_seed"] - 256
    held = finish([item for index in range(settings["held"]) for item in frame(drawing, first + index)])

    def batch_of(examples, drop=DROPPED):
        ids, cells = (torch.from_numpy(np.stack([example[part] for example in examples])) for part in range(2))
        captions = ["" if torch.rand(()) < drop else example[2] for example in examples]
        return ids.long().to(device), cells.to(device), *texts(captions)

    def loss_of(module, ids, cells, states, pooled):
        masked = _masked(cells)
        conditions = torch.tensor(CONDITIONS, device=device).float().repeat(len(ids), 1)
        logits = module(torch.where(masked, mask_id, ids), states, pooled, conditions)
        # Rows of masked tokens alone: most of the memory that a step moves is logits.
        rows = logits.permute(0, 2, 3, 1)[masked].float()
        return torch.nn.functional.cross_entropy(rows, ids[masked])

    def validate(module):
        return held_out_loss(module, held, batch_of, loss_of, device)

    def save(module):
        module.save_pretrained(os.path.join(folder, "tokens"))

    pool = Pool(frame, drawing, settings, workers, finish)
    if device.type == "cpu":
        # As in train_unet: half of a step's time.
        net.set_attn_processor(AttnProcessor())
    how = {"folder": folder, "settings": settings, "device": device, "pool": pool, "save": save, "validate": validate}
    return train("tokens", net, batch_of, loss_of, **how)


def _masked(cells):
    """Which tokens of boxes [n, h, w] are masked: all, or a share by a quarter of a cosine; of some the tokens around as well."""
    count, device = len(cells), cells.device
    around = torch.nn.functional.max_pool2d(cells[:, None].float(), 3, 1, 1)[:, 0] > 0
    area = torch.where(torch.rand(count, 1, 1, device=device) < BEYOND, around, cells)
    share = torch.cos(torch.rand(count, 1, 1, device=device) * math.pi / 2)
    share = torch.where(torch.rand(count, 1, 1, device=device) < UNSEEN, 1.0, share)
    # The token with the least number is masked whatever the share: an example without one teaches nothing.
    order = torch.where(area, torch.rand(cells.shape, device=device), 2.0)
    least = order.flatten(1).min(1).values.view(-1, 1, 1)
    return area & ((order < share) | (order == least))


class TokenPainter:
    """The networks that paint tokens, and how: as the product's two inpainters do it."""

    def __init__(self, net, vq, clip, tokenizer, device, *, steps, guidance, by_class=False):
        self.net, self.vq = net.to(device).eval(), vq.to(device, memory_format=torch.channels_last).eval()
        self.texts, self.device = TokenTexts(clip, tokenizer, device), device
        self.steps, self.guidance, self.by_class = steps, guidance, by_class

    @torch.no_grad()
    def paint(self, images, masks, captions, seed):
        """As `Painter.paint`."""
        device, count = self.device, len(images)
        image = networks.pixels(images, device)
        ids = train_vq.encode(self.vq, image)
        cells = touched(torch.as_tensor(masks), ids.shape[-1]).to(device)
        painted = self._decode(ids, cells, captions, torch.Generator().manual_seed(seed))
        area = torch.as_tensor(masks).to(device)[:, None].float()
        factor = image.shape[-1] // area.shape[-1]
        area = area.repeat_interleave(factor, 2).repeat_interleave(factor, 3)
        whole = train_vq.decode(self.vq, painted) * area + image * (1 - area)
        return (whole * 255).round().byte().permute(0, 2, 3, 1).cpu().numpy()

    def _decode(self, ids, cells, captions, generator):
        """Confidence decoding in steps; the noise on the confidence falls evenly."""
        count, mask_id = len(ids), self.net.config.vocab_size - 1
        grid, started = torch.where(cells, mask_id, ids), cells.flatten(1).sum(1)
        states, pooled = self.texts(([""] * count if self.guidance != 1 else []) + list(captions))
        conditions = torch.tensor(CONDITIONS, device=self.device).float().repeat(len(states), 1)
        for step in range(self.steps):
            logits = self.net(grid.repeat(len(states) // count, 1, 1), states, pooled, conditions).float()
            if self.guidance != 1:
                without, with_text = logits.chunk(2)
                rising = step / (self.steps - 1) if self.by_class and self.steps > 1 else 1
                logits = without + (1 + (self.guidance - 1) * rising) * (with_text - without)
            chances = logits.permute(0, 2, 3, 1).softmax(-1)
            drawn = torch.multinomial(chances.flatten(0, 2).cpu(), 1, generator=generator).view(grid.shape).to(self.device)
            masked = grid == mask_id
            if step == self.steps - 1:
                return torch.where(masked, drawn, grid)
            noise = -torch.log(-torch.log(torch.rand(grid.shape, generator=generator).clamp(1e-9, 1 - 1e-7)))
            heat = (4.5 if self.by_class else 2) * (1 - step / max(1, self.steps - 1))
            sure = chances.gather(-1, drawn[..., None])[..., 0].clamp(min=1e-20).log() + heat * noise.to(self.device)
            sure = torch.where(masked, sure, torch.inf).flatten(1)
            share = (step + 1) / self.steps
            left = math.cos(share * math.pi / 2) if self.by_class else 1 - share
            kept = (started * left).floor().clamp(min=1).minimum(masked.flatten(1).sum(1) - 1).clamp(min=0).long()
            cut = sure.sort(1).values.gather(1, kept[:, None])
            again = (sure < cut).view(grid.shape)
            grid = torch.where(again, mask_id, torch.where(masked, drawn, grid))
