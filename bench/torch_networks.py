"""The networks of `bench/nets.ts` in plain PyTorch, written as functions of their weights.

`w` maps the names of a .safetensors file to tensors; `x` is [batch, channels, height, width] or [batch, tokens, width].
"""

import torch
import torch.nn.functional as F


def clip(w, pixels):
    """CLIP ViT-B/16's image tower: embeds, and the last layer's patch tokens."""
    x = F.conv2d(pixels, w["vision_model.embeddings.patch_embedding.weight"], stride=16).flatten(2).transpose(1, 2)
    token = w["vision_model.embeddings.class_embedding"].expand(len(x), 1, -1)
    x = torch.cat([token, x], 1) + w["vision_model.embeddings.position_embedding.weight"]
    x = layer_norm(w, "vision_model.pre_layrnorm", x)
    for i in range(12):
        at = f"vision_model.encoder.layers.{i}."
        h = layer_norm(w, at + "layer_norm1", x)
        q, k, v = (linear(w, f"{at}self_attn.{part}_proj", h) for part in "qkv")
        x = x + linear(w, at + "self_attn.out_proj", attention(q, k, v, 12))
        h = linear(w, at + "mlp.fc1", layer_norm(w, at + "layer_norm2", x))
        x = x + linear(w, at + "mlp.fc2", h * torch.sigmoid(1.702 * h))
    pooled = layer_norm(w, "vision_model.post_layernorm", x[:, 0])
    return {"embeds": linear(w, "visual_projection", pooled), "tokens": x[:, 1:]}


def dino(w, pixels):
    """DINO ViT-B/16 at its own size: patch features, and the class token's attention in the last layer."""
    x = conv(w, "embeddings.patch_embeddings.projection", pixels, stride=16, padding=0).flatten(2).transpose(1, 2)
    x = torch.cat([w["embeddings.cls_token"].expand(len(x), -1, -1), x], 1) + w["embeddings.position_embeddings"]
    for i in range(12):
        at = f"encoder.layer.{i}."
        h = layer_norm(w, at + "layernorm_before", x, 1e-12)
        q, k, v = (linear(w, f"{at}attention.attention.{part}", h) for part in ("query", "key", "value"))
        x = x + linear(w, at + "attention.output.dense", attention(q, k, v, 12))
        h = F.gelu(linear(w, at + "intermediate.dense", layer_norm(w, at + "layernorm_after", x, 1e-12)))
        x = x + linear(w, at + "output.dense", h)
    q, k = heads(q[:, :1], 12), heads(k, 12)
    of_class = torch.softmax(q @ k.transpose(2, 3) * 64**-0.5, 3)[:, :, 0, 1:].mean(1)
    features = layer_norm(w, "layernorm", x, 1e-12)[:, 1:].transpose(1, 2)
    return {"features": features.unflatten(2, (14, 14)), "attention": of_class.unflatten(1, (14, 14))}


def unet(w, sample, timestep, states):
    """Stable Diffusion 1.5's UNet."""
    frequencies = 10000 ** (-torch.arange(160, device=sample.device) / 160)
    angles = timestep.float() * frequencies[None]
    time = torch.cat([angles.cos(), angles.sin()], 1).to(sample.dtype)
    time = linear(w, "time_embedding.linear_1", time)
    time = F.silu(linear(w, "time_embedding.linear_2", F.silu(time)))
    x = conv(w, "conv_in", sample)
    skips = [x]
    for level in range(4):
        for layer in range(2):
            x = residual(w, f"down_blocks.{level}.resnets.{layer}", x, 1e-5, time)
            if level < 3:
                x = transformer(w, f"down_blocks.{level}.attentions.{layer}", x, states)
            skips.append(x)
        if level < 3:
            x = conv(w, f"down_blocks.{level}.downsamplers.0.conv", x, stride=2)
            skips.append(x)
    x = residual(w, "mid_block.resnets.0", x, 1e-5, time)
    x = transformer(w, "mid_block.attentions.0", x, states)
    x = residual(w, "mid_block.resnets.1", x, 1e-5, time)
    for level in range(4):
        for layer in range(3):
            x = residual(w, f"up_blocks.{level}.resnets.{layer}", torch.cat([x, skips.pop()], 1), 1e-5, time)
            if level > 0:
                x = transformer(w, f"up_blocks.{level}.attentions.{layer}", x, states)
        if level < 3:
            x = conv(w, f"up_blocks.{level}.upsamplers.0.conv", F.interpolate(x, scale_factor=2.0))
    return {"prediction": conv(w, "conv_out", F.silu(group_norm(w, "conv_norm_out", x, 1e-5)))}


def vae(w, latent):
    """The decoder of Stable Diffusion 1.5's autoencoder."""
    x = conv(w, "decoder.conv_in", conv(w, "post_quant_conv", latent, padding=0))
    x = residual(w, "decoder.mid_block.resnets.0", x, 1e-6)
    at = "decoder.mid_block.attentions.0."
    h = to_rows(group_norm(w, at + "group_norm", x, 1e-6))
    q, k, v = (linear(w, at + part, h) for part in ("query", "key", "value"))
    x = x + to_pixels(linear(w, at + "proj_attn", attention(q, k, v, 1)), x)
    x = residual(w, "decoder.mid_block.resnets.1", x, 1e-6)
    for level in range(4):
        for layer in range(3):
            x = residual(w, f"decoder.up_blocks.{level}.resnets.{layer}", x, 1e-6)
        if level < 3:
            x = conv(w, f"decoder.up_blocks.{level}.upsamplers.0.conv", F.interpolate(x, scale_factor=2.0))
    return {"image": conv(w, "decoder.conv_out", F.silu(group_norm(w, "decoder.conv_norm_out", x, 1e-6)))}


def residual(w, at, x, epsilon, time=None):
    h = conv(w, at + ".conv1", F.silu(group_norm(w, at + ".norm1", x, epsilon)))
    if time is not None:
        h = h + linear(w, at + ".time_emb_proj", time)[:, :, None, None]
    h = conv(w, at + ".conv2", F.silu(group_norm(w, at + ".norm2", h, epsilon)))
    return h + (conv(w, at + ".conv_shortcut", x, padding=0) if at + ".conv_shortcut.weight" in w else x)


def transformer(w, at, x, states):
    block = at + ".transformer_blocks.0."
    rows = to_rows(conv(w, at + ".proj_in", group_norm(w, at + ".norm", x, 1e-6), padding=0))
    for i, context in ((1, None), (2, states)):
        h = layer_norm(w, f"{block}norm{i}", rows)
        context = h if context is None else context
        q, k, v = (linear(w, f"{block}attn{i}.to_{part}", h if part == "q" else context) for part in "qkv")
        rows = rows + linear(w, f"{block}attn{i}.to_out.0", attention(q, k, v, 8))
    h, gate = linear(w, block + "ff.net.0.proj", layer_norm(w, block + "norm3", rows)).chunk(2, 2)
    rows = rows + linear(w, block + "ff.net.2", h * F.gelu(gate))
    return x + conv(w, at + ".proj_out", to_pixels(rows, x), padding=0)


def attention(q, k, v, count):
    q, k, v = (heads(x, count) for x in (q, k, v))
    return F.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2)


def heads(x, count):
    return x.unflatten(2, (count, -1)).transpose(1, 2)


def to_rows(x):
    return x.permute(0, 2, 3, 1).flatten(1, 2)


def to_pixels(rows, like):
    return rows.unflatten(1, like.shape[2:]).permute(0, 3, 1, 2)


def linear(w, at, x):
    return F.linear(x, w[at + ".weight"], w.get(at + ".bias"))


def conv(w, at, x, stride=1, padding=1):
    return F.conv2d(x, w[at + ".weight"], w[at + ".bias"], stride, padding)


def layer_norm(w, at, x, epsilon=1e-5):
    return F.layer_norm(x, x.shape[-1:], w[at + ".weight"], w[at + ".bias"], epsilon)


def group_norm(w, at, x, epsilon):
    return F.group_norm(x, 32, w[at + ".weight"], w[at + ".bias"], epsilon)
