"""Records MasaCtrl, its masked form and Plug-and-Play, from their equations, on a tiny UNet with the levels of Stable Diffusion's.

    pip install torch==2.15.0 diffusers==0.42.1 transformers safetensors
    python3 bench/record/streams.py

Attention processors and hooks here are a plain transcription of the papers: arXiv 2304.08465 (sections 3.2 to 3.4), arXiv 2211.12572
(section 3). Inversion and sampling are diffusers' DDIM with eta 0.
"""

import torch
from diffusers import DDIMInverseScheduler, DDIMScheduler, UNet2DConditionModel
from editors import SCHEDULE, TINY, TOLERANCES, image, keep_model, parts
from recording import fill, save_case

STEPS, GUIDANCE = 6, 2.0
SOURCE, PROMPT, NEGATIVE = "a dog", "a red house", ""
LEVELS = {
    "block_out_channels": [4, 4, 8, 8],
    "down_block_types": ["CrossAttnDownBlock2D"] * 3 + ["DownBlock2D"],
    "up_block_types": ["UpBlock2D"] + ["CrossAttnUpBlock2D"] * 3,
    "layers_per_block": 2,
    "in_channels": 4,
    "out_channels": 4,
    "norm_num_groups": 2,
    "attention_head_dim": 2,
}


class Control:
    """What attentions do at this step; their processors ask it."""

    def __init__(self, unet):
        self.numbers, self.maps = {}, []
        self.masked = self.mutual = self.injects = False
        self.tokens, self.margin, self.shares, self.differences = None, 1.0, [], []
        kinds = {"attn1": 0, "attn2": 0}
        # In the order in which they are computed: down, middle, up.
        for part in [*unet.down_blocks, unet.mid_block, *unet.up_blocks]:
            for name, module in part.named_modules():
                kind = name.rsplit(".", 1)[-1]
                if kind in kinds:
                    module.set_processor(Processor(self, kind, kinds[kind]))
                    kinds[kind] += 1
        assert kinds == {"attn1": 16, "attn2": 16}
        unet.up_blocks[1].resnets[1].conv2.register_forward_hook(self.inject_features)
        self.features = False

    def inject_features(self, module, inputs, output):
        return output[:1].expand_as(output) if self.features else output

    def mask(self, row, side):
        """Where the subject of a row's text is, 0 or 1, at a size of `side`."""
        mean = torch.stack(self.maps).mean(0)[row]
        said = (mean * self.tokens[row]).sum(-1)
        share = (said - said.min()) / (said.max() - said.min())
        self.margin = min(self.margin, float((share - 0.1).abs().min()))
        height, width = self.map_side
        mask = (share >= 0.1).float().reshape(1, 1, height, width)
        self.shares.append(float(mask.mean()))
        return torch.nn.functional.interpolate(mask, side).flatten()


class Processor:
    def __init__(self, control, kind, number):
        self.control, self.kind, self.number = control, kind, number

    def __call__(self, attn, hidden_states, encoder_hidden_states=None, attention_mask=None, temb=None, **rest):
        context = hidden_states if encoder_hidden_states is None else encoder_hidden_states
        query, key, value = attn.to_q(hidden_states), attn.to_k(context), attn.to_v(context)
        control, bias = self.control, None
        if self.kind == "attn1" and self.number >= 10 and control.mutual:
            rows = torch.tensor([0, 0, 2, 2])
            key, value = key[rows], value[rows]
            if control.masked:
                height, width = control.latent_side
                scale = round((height * width / query.shape[1]) ** 0.5)
                side = (height // scale, width // scale)
                keys, queries = control.mask(2, side), control.mask(3, side)
                control.differences.append(float((keys != queries).float().mean()))
                apart = torch.where(queries[:, None] == keys[None, :], 0.0, -1e9)
                bias = torch.zeros(4, 1, *apart.shape)
                bias[[1, 3], 0] = apart
        # Attention 8 is the second of the first block of the way up that attends.
        if self.kind == "attn1" and self.number >= 8 and control.injects:
            query, key = (each[:1].expand_as(each) for each in (query, key))
        split = lambda x: x.unflatten(-1, (attn.heads, -1)).transpose(1, 2)
        scores = split(query) @ split(key).transpose(-1, -2) * attn.scale
        weights = (scores if bias is None else scores + bias).softmax(-1)
        # Attentions 4, 5 (way down) and 7, 8, 9 (way up) are at a quarter of the latents' side.
        if self.kind == "attn2" and self.number in (4, 5, 7, 8, 9):
            control.maps.append(weights.mean(1))
        mixed = (weights @ split(value)).transpose(1, 2).flatten(-2)
        return attn.to_out[0](mixed)


def random_unet(seed=26):
    tiny = UNet2DConditionModel.load_config(TINY / "unet")
    config = {**tiny, **LEVELS}
    unet = fill(UNet2DConditionModel.from_config(config), seed)
    # Attention is to decide something: its queries are larger than those of random weights.
    for name, parameter in unet.named_parameters():
        if name.endswith("to_q.weight"):
            parameter.data *= 2 if "attn1" in name else 4
    # Inversion and sampling are to be steady: what is predicted is small.
    unet.conv_out.weight.data *= 0.3
    return unet


class Pipe:
    def __init__(self, unet, scheduler):
        self.unet, self.scheduler = unet, scheduler


@torch.no_grad()
def record():
    given = parts(4, 1)
    unet, vae, tokenizer = random_unet(), given["vae"], given["tokenizer"]
    scheduler = DDIMScheduler(
        **SCHEDULE, clip_sample=False, set_alpha_to_one=False, steps_offset=1, timestep_spacing="leading"
    )
    scheduler.set_timesteps(STEPS)
    picture = torch.nn.functional.interpolate(image(6), (64, 96)).mul(255).round() / 255

    def encode(text):
        padded = tokenizer(text, padding="max_length", truncation=True, max_length=tokenizer.model_max_length)
        ids = torch.tensor([padded.input_ids])
        tokens = torch.zeros(ids.shape[1])
        tokens[1 : padded.input_ids.index(tokenizer.eos_token_id)] = 1
        return given["text_encoder"](ids)[0], tokens

    (away, nothing), (shown, source), (wanted, prompt) = (encode(text) for text in (NEGATIVE, SOURCE, PROMPT))
    clean = vae.encode(2 * picture - 1).latent_dist.mode() * vae.config.scaling_factor
    control = Control(unet)
    control.latent_side = tuple(clean.shape[2:])
    control.map_side = tuple(side // 4 for side in control.latent_side)
    control.tokens = torch.stack([nothing, nothing, source, prompt])

    # 1. The picture as noise, for the source.
    inverse = DDIMInverseScheduler.from_config(scheduler.config)
    inverse.set_timesteps(STEPS)
    latents, inverted = clean, []
    for timestep in inverse.timesteps:
        latents = inverse.step(unet(latents, timestep, shown).sample, timestep, latents).prev_sample
        inverted.append(latents)

    def walk(predict):
        latents, steps = inverted[-1], []
        for index, timestep in enumerate(scheduler.timesteps):
            control.maps = []
            free, guided = predict(index, timestep, inverted[STEPS - 1 - index], latents)
            said = free + GUIDANCE * (guided - free)
            latents = scheduler.step(said, timestep, latents).prev_sample
            steps.append(latents)
        return torch.stack(steps)

    # 2. MasaCtrl: rows are the source and the target without the text, then with it.
    def masactrl(index, timestep, seen, latents):
        control.mutual = index >= 4
        said = unet(torch.cat([seen, latents] * 2), timestep, torch.cat([away, away, shown, wanted])).sample
        control.mutual = False
        return said[1:2], said[3:4]

    # 3. Plug-and-Play: rows are the source, and the target without the text and with it.
    def plug_and_play(index, timestep, seen, latents):
        control.features, control.injects = index < int(0.8 * STEPS), index < int(0.5 * STEPS)
        said = unet(torch.cat([seen, latents, latents]), timestep, torch.cat([shown, away, wanted])).sample
        control.features = control.injects = False
        return said[1:2], said[2:3]

    def plain(index, timestep, seen, latents):
        return unet(torch.cat([latents, latents]), timestep, torch.cat([away, wanted])).sample.split(1)

    free, mutual, injected = walk(plain), walk(masactrl), walk(plug_and_play)
    control.masked = True
    masked = walk(masactrl)
    differ = lambda a, b: float((a[-1] - b[-1]).abs().max() / free[-1].abs().max())
    told = {"mutual": differ(mutual, free), "masked": differ(masked, mutual), "injected": differ(injected, free)}
    print(told, "margin", control.margin, "shares", min(control.shares), max(control.shares), "differ in", min(control.differences))
    assert min(told.values()) > 0.003, "control changes too little to be seen"
    assert control.margin > 1e-4 and 0 < min(control.shares) and max(control.shares) < 1
    assert min(control.differences) > 0, "the masks of keys and queries are the same"

    decoded = vae.decode(mutual[-1] / vae.config.scaling_factor).sample
    inputs = {"image": picture}
    outputs = {
        "inverted": torch.stack(inverted),
        "masactrl": mutual,
        "masactrl_mask": masked,
        "plug_and_play": injected,
        "masactrl_image": (decoded / 2 + 0.5).clamp(0, 1),
    }
    texts = {"prompt": PROMPT, "source": SOURCE, "negative_prompt": NEGATIVE}
    params = {**texts, "guidance_scale": GUIDANCE, "num_inference_steps": STEPS}
    about = "MasaCtrl, MasaCtrl with masks of cross-attention, Plug-and-Play: latents after each step, from their equations."
    keep_model("editor-streams", Pipe(unet, scheduler))
    tolerances = {**TOLERANCES, "out.masactrl_image": TOLERANCES["out.image"]}
    save_case("editor-streams", "editor-streams", about, inputs, outputs, tolerances, params)


if __name__ == "__main__":
    record()
