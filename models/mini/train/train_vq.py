"""Trains the autoencoder whose latents are entries of a codebook: diffusers' VQModel, one level deeper than the pack's autoencoder.

Its outer levels are those of the pack's autoencoder, as they are. What lies between them learns to give the decoder the
features that it has of the latents: at a quarter of the picture's side, which costs a small part of what pixels would.
"""

import os

import numpy as np
import torch

import networks
from artists import scene
from training import Pool, settings_of, train

# Steps between two looks for entries that nothing was nearest to.
REVIVE_EVERY = 25


@torch.no_grad()
def take_outer_levels(net, vae):
    """Gives a VQModel the outer levels of an AutoencoderKL of one level less, which keeps them as they are."""
    inner = len(vae.encoder.down_blocks)
    mine, other = net.encoder, vae.encoder
    pairs = [(mine.conv_in, other.conv_in)]
    for level in range(inner):
        pairs.append((mine.down_blocks[level].resnets, other.down_blocks[level].resnets))
        # The last level of the other has no way down.
        if level < inner - 1:
            pairs.append((mine.down_blocks[level].downsamplers, other.down_blocks[level].downsamplers))
    mine, other = net.decoder, vae.decoder
    pairs += [(mine.up_blocks[1].upsamplers, other.up_blocks[0].upsamplers)]
    pairs += [(mine.up_blocks[level + 1], other.up_blocks[level]) for level in range(1, inner)]
    pairs += [(mine.conv_norm_out, other.conv_norm_out), (mine.conv_out, other.conv_out)]
    for part, source in pairs:
        part.load_state_dict(source.state_dict())
        part.requires_grad_(False)
    # Pictures are in 0..1 here and in -1..1 there.
    first, last = net.encoder.conv_in, net.decoder.conv_out
    first.bias -= first.weight.sum((1, 2, 3))
    first.weight *= 2
    last.weight /= 2
    last.bias.div_(2).add_(0.5)


class SceneFeatures:
    """Makes of scenes what is kept of them, [channels, h / 4, w / 4] each: what the inner part is given, and what it is to give."""

    def __init__(self, net, vae, device):
        self.vae, self.device = vae.to(device, memory_format=torch.channels_last).eval(), device
        self.given = torch.nn.Sequential(net.encoder.conv_in, *_outer_down(net)).to(device)

    @torch.no_grad()
    def __call__(self, scenes):
        examples = []
        for first in range(0, len(scenes), 16):
            images = networks.pixels(np.stack([image for image, _ in scenes[first : first + 16]]), self.device)
            with torch.autocast(self.device.type, torch.bfloat16):
                pictures = images.contiguous(memory_format=torch.channels_last)
                latents = self.vae.encode(pictures * 2 - 1).latent_dist.mean
                decoder = self.vae.decoder
                wanted = decoder.mid_block(decoder.conv_in(self.vae.post_quant_conv(latents)))
                for layer in decoder.up_blocks[0].resnets:
                    wanted = layer(wanted, None)
                parts = [part.bfloat16().cpu() for part in (self.given(pictures), wanted)]
            examples += zip(*(part.unbind() for part in parts))
        return examples


class _Resnets(torch.nn.Module):
    """A level's layers without its way down."""

    def __init__(self, level):
        super().__init__()
        self.layers = level.resnets

    def forward(self, x):
        for layer in self.layers:
            x = layer(x, None)
        return x


def _outer_down(net):
    levels = net.encoder.down_blocks
    return [*levels[:-2], _Resnets(levels[-2])]


def _inner_encode(net, x):
    """What is quantised, [n, width, h, w], of the features before the last way down."""
    encoder = net.encoder
    for layer in encoder.down_blocks[-2].downsamplers:
        x = layer(x)
    x = encoder.mid_block(encoder.down_blocks[-1](x))
    return net.quant_conv(encoder.conv_out(encoder.conv_act(encoder.conv_norm_out(x))))


def _inner_decode(net, quantised):
    """Features of the decoder's second level, before its way up."""
    decoder = net.decoder
    x = decoder.up_blocks[0](decoder.mid_block(decoder.conv_in(net.post_quant_conv(quantised))))
    return _Resnets(decoder.up_blocks[1])(x)


def train_vq(net, drawing, vae, *, config, folder, device, workers):
    """First without a codebook, for `continuous` steps; then it is laid by k-means, and all learns together."""
    settings = settings_of(config, "vq", device)
    held = np.stack([drawing.scene(config["held_out_seed"] - 2000 + index)[0] for index in range(16)])
    if not is_laid(net):
        take_outer_levels(net, vae)
    net = net.to(device, memory_format=torch.channels_last)
    finish = SceneFeatures(net, vae, device)
    used, steps = torch.zeros(net.config.num_vq_embeddings, device=device), {"done": 0}

    def batch_of(examples):
        return tuple(torch.stack(part).to(device).contiguous(memory_format=torch.channels_last) for part in zip(*examples))

    def loss_of(module, given, wanted):
        latents, apart = _inner_encode(module, given.float()).float(), 0
        steps["done"] += 1
        if is_laid(module):
            latents, apart = quantised(module, latents)
        elif steps["done"] > settings["continuous"]:
            rows = [_inner_encode(module, batch_of(pool.draw(32))[0].float()).float() for _ in range(2)]
            lay(module, torch.cat(rows).permute(0, 2, 3, 1).flatten(0, 2))
        wanted = wanted.float()
        return ((_inner_decode(module, latents).float() - wanted) ** 2).mean() / wanted.var() + apart

    def quantised(module, latents):
        """Latents in the values of the nearest entries, with the gradient of their own, and what both are apart."""
        table, rows = module.quantize.embedding.weight, latents.permute(0, 2, 3, 1)
        ids = nearest(table, rows)
        entries = torch.nn.functional.embedding(ids, table)
        apart = ((entries - rows.detach()) ** 2).mean() + 0.25 * ((entries.detach() - rows) ** 2).mean()
        with torch.no_grad():
            used.add_(torch.bincount(ids.flatten(), minlength=len(table)))
            if steps["done"] % REVIVE_EVERY == 0:
                dead, flat = (used == 0).nonzero().flatten(), rows.flatten(0, 2)
                table[dead] = flat[torch.randint(len(flat), (len(dead),), device=device)]
                used.zero_()
        return (rows + (entries - rows).detach()).permute(0, 3, 1, 2), apart

    @torch.no_grad()
    def validate(module):
        if not is_laid(module):
            return {"PSNR": None}
        images = networks.pixels(held, device)
        ids = encode(module, images)
        square = ((decode(module, ids) - images) ** 2).mean((1, 2, 3))
        return {"PSNR": round((-10 * torch.log10(square)).mean().item(), 2), "entries": len(ids.unique())}

    def save(module):
        module.save_pretrained(os.path.join(folder, "vq"))

    pool = Pool(scene, drawing, settings, workers, finish)
    how = {"folder": folder, "settings": settings, "device": device, "pool": pool, "save": save, "validate": validate}
    return train("vq", net, batch_of, loss_of, **how)


def is_laid(module):
    """Whether the codebook is more than what VQModel begins with: numbers below one over its size."""
    table = module.quantize.embedding.weight
    return table.detach().abs().max().item() > 1.001 / len(table)


def nearest(table, rows):
    """The entry of a table [entries, width] that is nearest to each of rows [..., width]."""
    with torch.no_grad(), torch.autocast(rows.device.type, enabled=False):
        table, rows = table.float(), rows.float()
        return ((table**2).sum(1) - 2 * rows @ table.T).argmin(-1)


@torch.no_grad()
def lay(module, rows, rounds=12):
    """The codebook by k-means of rows [n, width]."""
    table = module.quantize.embedding.weight
    table.copy_(rows[torch.randperm(len(rows), device=rows.device)[: len(table)]])
    for _ in range(rounds):
        ids = nearest(table, rows)
        sums = torch.zeros_like(table).index_add_(0, ids, rows)
        counts = torch.bincount(ids, minlength=len(table))[:, None]
        table.copy_(torch.where(counts > 0, sums / counts.clamp(min=1), table))


@torch.no_grad()
def encode(module, images, at_once=32):
    """Pictures [n, 3, h, w] in 0..1 as entries [n, h / factor, w / factor]."""
    found = []
    for part in images.split(at_once):
        latents = module.encode(part.contiguous(memory_format=torch.channels_last)).latents
        found.append(nearest(module.quantize.embedding.weight, latents.permute(0, 2, 3, 1)))
    return torch.cat(found)


@torch.no_grad()
def decode(module, ids, at_once=32):
    """Entries as pictures in 0..1."""
    table = module.quantize.embedding.weight
    made = [
        module.decode(table[part].permute(0, 3, 1, 2).contiguous(memory_format=torch.channels_last), force_not_quantize=True).sample
        for part in ids.split(at_once)
    ]
    return torch.cat(made).float().clamp(0, 1)
