"""Records a class-conditional MaskGIT and its VQGAN, tiny and random, written from the published layout
(https://github.com/valeoai/Halton-MaskGIT, https://github.com/FoundationVision/LlamaGen): the names of tensors are theirs, the code is not.

    pip install torch==2.15.0 safetensors
    python3 bench/record/maskgit.py
"""

import json
import math

import torch
import torch.nn.functional as F
from recording import FIXTURES, fill, save_case
from safetensors.torch import save_file
from torch import nn

NETWORK = {"input_size": 8, "hidden_dim": 16, "codebook_size": 20, "depth": 2, "heads": 3, "mlp_dim": 64, "nclass": 6}
NETWORK |= {"register": 1, "proj": 1}
VQGAN = {"codebook_size": 20, "codebook_embed_dim": 5, "codebook_l2_norm": True, "ch": 8, "encoder_ch_mult": [1, 2, 2]}
VQGAN |= {"decoder_ch_mult": [1, 2, 2], "num_res_blocks": 1, "z_channels": 6, "norm_num_groups": 4}


def rms(x):
    return x / (x.square().mean(-1, keepdim=True) + 1e-5).sqrt()


class Scale(nn.Module):
    """The learned part of a norm."""

    def __init__(self, width, bias):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))
        self.bias = nn.Parameter(torch.zeros(width)) if bias else 0

    def forward(self, x):
        return rms(x) * self.weight + self.bias


class Attend(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        own = heads * (width // heads)
        for name in ("wq", "wk", "wv"):
            setattr(self, name, nn.Linear(width, own, bias=False))
        self.wo = nn.Linear(own, width, bias=False)

    def forward(self, x):
        parted = [y.unflatten(-1, (self.heads, -1)).transpose(1, 2) for y in (rms(self.wq(x)), rms(self.wk(x)), self.wv(x))]
        return self.wo(F.scaled_dot_product_attention(*parted).transpose(1, 2).flatten(2))


class Gated(nn.Module):
    def __init__(self, width, mlp):
        super().__init__()
        inner = 256 * math.ceil(int(2 * mlp / 3) / 256)
        self.w1, self.w3 = nn.Linear(width, inner, bias=False), nn.Linear(width, inner, bias=False)
        self.w2 = nn.Linear(inner, width, bias=False)

    def forward(self, x):
        return self.w2(F.silu(self.w1(x)) * self.w3(x))


class Layer(nn.Module):
    def __init__(self, width, heads, mlp):
        super().__init__()
        self.mlp = nn.Sequential(nn.SiLU(), nn.Linear(width, 6 * width))
        self.ln1, self.ln2 = Scale(width, False), Scale(width, False)
        self.attn, self.ff = Attend(width, heads), Gated(width, mlp)

    def forward(self, x, label):
        shift1, scale1, gate1, shift2, scale2, gate2 = self.mlp(label)[:, None].chunk(6, -1)
        x = x + gate1 * self.attn(self.ln1(x) * (1 + scale1) + shift1)
        return x + gate2 * self.ff(self.ln2(x) * (1 + scale2) + shift2)


class Transformer(nn.Module):
    def __init__(self, input_size, hidden_dim, codebook_size, depth, heads, mlp_dim, nclass, register, proj):
        super().__init__()
        self.side, self.codebook_size = input_size, codebook_size
        self.cls_emb = nn.Embedding(nclass + 1, hidden_dim)
        self.tok_emb = nn.Embedding(codebook_size + 1, hidden_dim)
        self.pos_emb = nn.Embedding(input_size**2, hidden_dim)
        self.reg_tokens = nn.Embedding(register, hidden_dim)
        self.transformer = nn.Module()
        self.transformer.layers = nn.ModuleList(Layer(hidden_dim, heads, mlp_dim) for _ in range(depth))
        self.last_norm = nn.Module()
        self.last_norm.norm_final = Scale(hidden_dim, True)
        self.last_norm.mlp = nn.Sequential(nn.SiLU(), nn.Linear(hidden_dim, 2 * hidden_dim))
        self.head = nn.Linear(hidden_dim, codebook_size + 1)

    def positions(self, height, width):
        """The learned ones; on another grid, resized as those of vision transformers are."""
        if (height, width) == (self.side, self.side):
            return self.pos_emb.weight
        grid = self.pos_emb.weight.T.reshape(1, -1, self.side, self.side)
        return F.interpolate(grid, (height, width), mode="bicubic").flatten(2)[0].T

    def forward(self, ids, labels):
        """Logits of the codebook's entries, `[batch, codebook, tokens]`."""
        label = self.cls_emb(labels)
        x = self.tok_emb(ids.flatten(1)) + self.positions(*ids.shape[1:])
        tokens = x.shape[1]
        x = torch.cat([x, self.reg_tokens.weight.expand(len(x), -1, -1)], 1)
        for layer in self.transformer.layers:
            x = layer(x, label)
        shift, scale = self.last_norm.mlp(label)[:, None].chunk(2, -1)
        x = self.last_norm.norm_final(x[:, :tokens]) * (1 + scale) + shift
        return F.linear(x, self.tok_emb.weight, self.head.bias)[..., : self.codebook_size].transpose(1, 2)


GROUPS = VQGAN["norm_num_groups"]


class Norm(nn.GroupNorm):
    def __init__(self, channels):
        super().__init__(GROUPS, channels, eps=1e-6)


class Residual(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.norm1, self.conv1 = Norm(inputs), nn.Conv2d(inputs, outputs, 3, padding=1)
        self.norm2, self.conv2 = Norm(outputs), nn.Conv2d(outputs, outputs, 3, padding=1)
        if inputs != outputs:
            self.nin_shortcut = nn.Conv2d(inputs, outputs, 1)

    def forward(self, x):
        y = self.conv2(F.silu(self.norm2(self.conv1(F.silu(self.norm1(x))))))
        return y + (self.nin_shortcut(x) if hasattr(self, "nin_shortcut") else x)


class PixelAttention(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.norm = Norm(channels)
        for name in ("q", "k", "v", "proj_out"):
            setattr(self, name, nn.Conv2d(channels, channels, 1))

    def forward(self, x):
        y = self.norm(x)
        rows = [part(y).flatten(2).transpose(1, 2) for part in (self.q, self.k, self.v)]
        return x + self.proj_out(F.scaled_dot_product_attention(*rows).transpose(1, 2).reshape(x.shape))


class Coder(nn.Module):
    """Encoder or decoder: blocks over levels, attention at the coarsest."""

    def __init__(self, inputs, outputs, widths, blocks, is_encoder):
        super().__init__()
        self.is_encoder = is_encoder
        channels = widths[0]
        first = VQGAN["ch"] if is_encoder else channels
        self.conv_in = nn.Conv2d(inputs, first, 3, padding=1)
        self.conv_blocks = nn.ModuleList()
        channels = first
        for index, width in enumerate(widths):
            level = nn.Module()
            level.res = nn.ModuleList(Residual(channels if i == 0 else width, width) for i in range(blocks))
            coarsest = index == (len(widths) - 1 if is_encoder else 0)
            level.attn = nn.ModuleList(PixelAttention(width) for _ in range(blocks if coarsest else 0))
            channels = width
            if index < len(widths) - 1:
                resize = nn.Module()
                resize.conv = nn.Conv2d(width, width, 3, stride=2 if is_encoder else 1, padding=0 if is_encoder else 1)
                setattr(level, "downsample" if is_encoder else "upsample", resize)
            self.conv_blocks.append(level)
        middle = channels if is_encoder else widths[0]
        self.mid = nn.ModuleList([Residual(middle, middle), PixelAttention(middle), Residual(middle, middle)])
        self.norm_out, self.conv_out = Norm(channels), nn.Conv2d(channels, outputs, 3, padding=1)

    def through_middle(self, x):
        for part in self.mid:
            x = part(x)
        return x

    def forward(self, x):
        x = self.conv_in(x)
        if not self.is_encoder:
            x = self.through_middle(x)
        for level in self.conv_blocks:
            for index, block in enumerate(level.res):
                x = block(x)
                if len(level.attn) > 0:
                    x = level.attn[index](x)
            if hasattr(level, "downsample"):
                x = level.downsample.conv(F.pad(x, (0, 1, 0, 1)))
            if hasattr(level, "upsample"):
                x = level.upsample.conv(F.interpolate(x, scale_factor=2.0, mode="nearest"))
        if self.is_encoder:
            x = self.through_middle(x)
        return self.conv_out(F.silu(self.norm_out(x)))


class Vqgan(nn.Module):
    def __init__(self):
        super().__init__()
        z, width, ch, blocks = (VQGAN[key] for key in ("z_channels", "codebook_embed_dim", "ch", "num_res_blocks"))
        widths = [ch * mult for mult in VQGAN["encoder_ch_mult"]]
        self.encoder = Coder(3, z, widths, blocks, True)
        self.decoder = Coder(z, 3, widths[::-1], blocks + 1, False)
        self.quantize = nn.Module()
        self.quantize.embedding = nn.Embedding(VQGAN["codebook_size"], width)
        self.quant_conv, self.post_quant_conv = nn.Conv2d(z, width, 1), nn.Conv2d(width, z, 1)

    def entries(self):
        return F.normalize(self.quantize.embedding.weight, dim=-1)

    def encode(self, image):
        latents = self.quant_conv(self.encoder(2 * image - 1))
        distances = torch.cdist(F.normalize(latents, dim=1).permute(0, 2, 3, 1), self.entries()[None])
        two = distances.topk(2, largest=False).values
        assert (two[..., 1] - two[..., 0]).min() > 1e-4, "two entries are too near to tell apart"
        return latents, distances.argmin(-1)

    def decode(self, ids):
        return self.decoder(self.post_quant_conv(self.entries()[ids].permute(0, 3, 1, 2))) / 2 + 0.5


def paint(network, grid, label, none, steps, guidance, temperature, exponential, gumbel):
    """Confidence decoding: guidance rises evenly from 1, the noise on confidences falls evenly to 0."""
    mask, walked, first = network.codebook_size, [], int((grid == network.codebook_size).sum())
    for step in range(steps):
        share = step / (steps - 1)
        away, wanted = network(torch.cat([grid, grid]), torch.tensor([none, label]))
        logits = away + (1 + (guidance - 1) * share) * (wanted - away)
        probabilities = logits.softmax(0).T
        entries = (probabilities / exponential[step]).argmax(-1)
        sureness = probabilities.gather(-1, entries[:, None])[:, 0].log() + temperature * (1 - share) * gumbel[step]
        flat = grid.flatten()
        masked = flat == mask
        predicted = torch.where(masked, entries, flat)
        left = 0
        if step < steps - 1:
            left = max(1, min(int(masked.sum()) - 1, int(first * math.cos((step + 1) / steps * math.pi / 2))))
        again = torch.where(masked, sureness, math.inf).argsort()[:left]
        predicted[again] = mask
        grid = predicted.reshape(grid.shape)
        walked.append(grid)
    return torch.stack(walked)


@torch.no_grad()
def record():
    generator = torch.Generator().manual_seed(1)
    network, vqgan = fill(Transformer(**NETWORK), 2), fill(Vqgan(), 3)
    network.head.weight = network.tok_emb.weight
    image = torch.rand(1, 3, 32, 32, generator=generator)
    latents, ids = vqgan.encode(image)
    forward = {
        "ids": torch.randint(0, 21, (2, 8, 8), generator=generator),
        "labels": torch.tensor([3, NETWORK["nclass"]]),
        "other.ids": torch.randint(0, 21, (1, 6, 10), generator=generator),
    }
    box = torch.zeros(8, 8, dtype=torch.bool)
    box[1:6, 2:] = True
    grid = torch.where(box, 20, ids)
    steps, guidance, temperature, label = 5, 2.5, 4.5, 2
    exponential = torch.empty(steps, 64, 20).exponential_(generator=generator)
    gumbel = -torch.empty(steps, 64).exponential_(generator=generator).log()
    tokens = paint(network, grid, label, NETWORK["nclass"], steps, guidance, temperature, exponential, gumbel)
    inputs = {"image": image, **forward, "token_exponential": exponential, "gumbel": gumbel, "grid": grid}
    outputs = {
        "latents": latents,
        "indices": ids,
        "decoded": vqgan.decode(ids),
        "logits": network(forward["ids"], forward["labels"]),
        "other.logits": network(forward["other.ids"], forward["labels"][:1]),
        "tokens": tokens,
        "painted": vqgan.decode(tokens[-1]),
    }
    params = {"num_inference_steps": steps, "guidance_scale": guidance, "temperature": temperature, "label": label}
    folder = FIXTURES / "maskgit" / "model"
    for part, config, module in (("transformer", NETWORK, network), ("vqgan", VQGAN, vqgan)):
        (folder / part).mkdir(parents=True, exist_ok=True)
        (folder / part / "config.json").write_text(json.dumps(config, indent=1) + "\n")
        tensors = {name: value.contiguous() for name, value in module.state_dict().items() if name != "head.weight"}
        save_file(tensors, folder / part / "model.safetensors")
    (folder / "model_index.json").write_text('{"_class_name": "MaskGIT"}\n')
    (folder / "classes.txt").write_text("dog\ncat\nhouse, small house\nred car\ntree\nfox\n")
    about = "A class-conditional MaskGIT in the layout of Halton-MaskGIT and its VQGAN in that of LlamaGen: networks, and an inpainting."
    save_case("maskgit", "maskgit", about, inputs, outputs, 1e-4, params)


if __name__ == "__main__":
    record()
