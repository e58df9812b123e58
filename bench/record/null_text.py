"""Records Null-text inversion (https://arxiv.org/abs/2211.09794), written from its equations, on tiny networks.

    pip install torch==2.15.0 diffusers==0.42.1 transformers safetensors
    python3 bench/record/null_text.py
"""

import json
import shutil

import torch
import torch.nn.functional as F
from diffusers import DDIMScheduler
from editors import SCHEDULE, TINY, TOLERANCES, image, parts
from recording import FIXTURES, save_case

STEPS = 5
UPDATES = 10


class Walk:
    """DDIM without noise, both ways."""

    def __init__(self, scheduler, steps):
        scheduler.set_timesteps(steps)
        self.timesteps = [int(t) for t in scheduler.timesteps]
        self.stride = scheduler.config.num_train_timesteps // steps
        self.alphas, self.first = scheduler.alphas_cumprod, scheduler.final_alpha_cumprod

    def alpha(self, timestep):
        return self.alphas[min(timestep, 999)] if timestep >= 0 else self.first

    def move(self, noise, sample, from_alpha, to_alpha):
        clean = (sample - (1 - from_alpha) ** 0.5 * noise) / from_alpha**0.5
        return to_alpha**0.5 * clean + (1 - to_alpha) ** 0.5 * noise

    def back(self, noise, t, sample):
        return self.move(noise, sample, self.alpha(t), self.alpha(t - self.stride))

    def forth(self, noise, t, sample):
        return self.move(noise, sample, self.alpha(t - self.stride), self.alpha(t))


def guided(unet, sample, t, away, text, scale):
    both = unet(torch.cat([sample, sample]), t, torch.cat([away, text])).sample
    return both[:1] + scale * (both[1:] - both[:1])


def learn(unet, walk, trajectory, text, empty, scale):
    """States in the empty prompt's place for each step, and how many updates each took."""
    states, learned, counts, current = empty.clone(), [], [], trajectory[-1]
    for i, t in enumerate(walk.timesteps):
        states = states.clone().detach().requires_grad_(True)
        adam = torch.optim.Adam([states], lr=1e-2 * (1 - i / 100))
        wanted = trajectory[len(trajectory) - 2 - i]
        with torch.no_grad():
            for_text = unet(current, t, text).sample
        for count in range(1, UPDATES + 1):
            away = unet(current, t, states).sample
            loss = F.mse_loss(walk.back(away + scale * (for_text - away), t, current), wanted)
            adam.zero_grad()
            loss.backward()
            adam.step()
            bound = 1e-5 + i * 2e-5
            assert abs(loss.item() / bound - 1) > 0.01, "an error is too near to its bound to tell"
            if loss.item() < bound:
                break
        learned.append(states.detach())
        counts.append(count)
        with torch.no_grad():
            current = walk.back(guided(unet, current, t, states, text, scale), t, current)
    return learned, counts


def record(name, about, scale, damp):
    scheduler = DDIMScheduler(**SCHEDULE, clip_sample=False, set_alpha_to_one=False, steps_offset=1)
    networks = parts(4, 13)
    unet, vae, encoder, tokenizer = (networks[part] for part in ("unet", "vae", "text_encoder", "tokenizer"))
    for parameter in unet.conv_out.parameters():
        parameter.data *= damp
    for parameter in unet.parameters():
        parameter.requires_grad_(False)
    walk = Walk(scheduler, STEPS)
    params = {"prompt": "a red house", "source": "a dog", "negative_prompt": "", "guidance_scale": scale}
    params["num_inference_steps"] = STEPS
    with torch.no_grad():
        texts = [params["source"], params["prompt"], ""]
        ids = tokenizer(texts, padding="max_length", max_length=tokenizer.model_max_length, return_tensors="pt")
        source, prompt, empty = encoder(ids.input_ids)[0].split(1)
        picture = image(4)
        latents = vae.encode(2 * picture - 1).latent_dist.mode() * vae.config.scaling_factor
        trajectory = [latents]
        for t in reversed(walk.timesteps):
            trajectory.append(walk.forth(unet(trajectory[-1], t, source).sample, t, trajectory[-1]))
    learned, counts = learn(unet, walk, trajectory, source, empty, scale)
    print(name, "updates", counts)
    steps, current = [], trajectory[-1]
    with torch.no_grad():
        for states, t in zip(learned, walk.timesteps):
            current = walk.back(guided(unet, current, t, states, prompt, scale), t, current)
            steps.append(current)
        out = (vae.decode(current / vae.config.scaling_factor).sample / 2 + 0.5).clamp(0, 1)
    outputs = {"inverted": torch.cat(trajectory[1:]), "states": torch.cat(learned), "latents": torch.stack(steps)}
    outputs |= {"updates": torch.tensor(counts), "image": out}
    model = FIXTURES / name / "model"
    for part in ("vae", "text_encoder", "tokenizer"):
        shutil.copytree(TINY / part, model / part, dirs_exist_ok=True)
    unet.save_pretrained(model / "unet", safe_serialization=True)
    scheduler.save_pretrained(model / "scheduler")
    save_case(name, "editor-null-text", about, {"image": picture}, outputs, TOLERANCES, params)


if __name__ == "__main__":
    about = "Null-text inversion from its equations: DDIM inversion, the empty prompt's states by torch.optim.Adam, the edit."
    record("editor-null-text", f"{about} All updates are taken.", 7.5, 1)
    record("editor-null-text-early", f"{about} Updates end early.", 7.5, 0.003)
