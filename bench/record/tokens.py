"""Records the parts of aMUSEd that amused-256 lacks: a transformer that halves its grid, an autoencoder that attends.

    pip install torch==2.15.0 diffusers==0.42.1 transformers safetensors
    python3 bench/record/tokens.py
"""

import torch
from diffusers import UVit2DModel, VQModel
from recording import fill, save_case


@torch.no_grad()
def uvit():
    model = UVit2DModel(
        hidden_size=12,
        cond_embed_dim=10,
        micro_cond_encode_dim=4,
        micro_cond_embed_dim=20,
        encoder_hidden_size=14,
        vocab_size=24,
        codebook_size=20,
        in_channels=6,
        block_out_channels=8,
        num_res_blocks=2,
        downsample=True,
        upsample=True,
        block_num_heads=2,
        num_hidden_layers=2,
        num_attention_heads=3,
        intermediate_size=20,
    )
    fill(model, 1)
    generator = torch.Generator().manual_seed(2)
    inputs = {
        "input_ids": torch.randint(0, 21, (2, 6, 4), generator=generator),
        "encoder_hidden_states": torch.randn(2, 5, 14, generator=generator),
        "pooled_text_emb": torch.randn(2, 10, generator=generator),
        "micro_conds": torch.tensor([[64.0, 96.0, 0, 0, 6], [512.0, 384.0, 8, 16, 5]]),
    }
    about = "UVit2DModel in the layout of amused/amused-512: it halves its grid, and its blocks are narrower than its layers."
    save_case("uvit-512", "uvit", about, inputs, {"logits": model(**inputs)}, 1e-4, models={"transformer": model})


@torch.no_grad()
def vq():
    blocks = 2
    model = VQModel(
        block_out_channels=[4, 8],
        down_block_types=["DownEncoderBlock2D"] * blocks,
        up_block_types=["UpDecoderBlock2D"] * blocks,
        layers_per_block=1,
        latent_channels=6,
        vq_embed_dim=5,
        num_vq_embeddings=20,
        norm_num_groups=2,
        mid_block_add_attention=True,
        lookup_from_codebook=True,
    )
    fill(model, 3)
    generator = torch.Generator().manual_seed(4)
    image = torch.rand(2, 3, 12, 16, generator=generator)
    ids = torch.randint(0, 20, (2, 3, 4), generator=generator)
    latents = model.encode(image).latents
    nearest = model.quantize(latents)[2][2].reshape(2, 6, 8)
    decoded = model.decode(ids, force_not_quantize=True, shape=(2, 3, 4, 5)).sample
    distances = torch.cdist(latents.permute(0, 2, 3, 1).reshape(-1, 5), model.quantize.embedding.weight)
    two = distances.topk(2, largest=False).values
    assert (two[:, 1] - two[:, 0]).min() > 1e-4, "two entries are too near to tell apart"
    about = "VQModel whose middle attends, with a codebook narrower than its latents."
    outputs = {"latents": latents, "indices": nearest, "sample": decoded}
    save_case("vq", "vq", about, {"image": image, "indices": ids}, outputs, 1e-4, models={"vqvae": model})


uvit()
vq()
