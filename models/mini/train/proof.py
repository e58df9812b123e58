"""diffusers' own inpainting pipeline loads a pack and paints what the product paints: python3 proof.py PACK FOLDER

Prints one line of JSON with the largest and the mean difference of a colour value, 0 to 255, inside the box.
"""

import json
import os
import subprocess
import sys

sys.dont_write_bytecode = True
os.environ.setdefault("HF_HUB_OFFLINE", "1")
SIDE, BOX, PROMPT = 128, (32, 24, 96, 88), "a red car"


def proof(pack, folder):
    import numpy as np
    import torch

    os.makedirs(folder, exist_ok=True)
    request = {
        "prompt": PROMPT, "seed": 7, "steps": 12, "guidance": 2, "side": SIDE,
        "box": {"left": BOX[0], "top": BOX[1], "width": BOX[2] - BOX[0], "height": BOX[3] - BOX[1]},
    }
    # Two ramps: no drawing is needed for the proof.
    ramp = np.linspace(40, 220, SIDE)
    frame = np.stack([ramp[None].repeat(SIDE, 0), ramp[:, None].repeat(SIDE, 1), np.full((SIDE, SIDE), 120.0)], -1)
    frame = frame.round().astype("uint8")
    frame.tofile(os.path.join(folder, "frame.rgb"))
    with open(os.path.join(folder, "request.json"), "w", encoding="utf8") as file:
        json.dump(request, file)
    here = os.path.dirname(os.path.abspath(__file__))
    subprocess.run(["node", os.path.join(here, "proof.mjs"), pack, folder], check=True)
    ours = np.fromfile(os.path.join(folder, "painted.rgb"), "uint8").reshape(SIDE, SIDE, 3)
    noise = np.fromfile(os.path.join(folder, "noise.f32"), "float32")
    theirs = _diffusers(pack, frame, torch.from_numpy(noise), request)
    left, top, right, bottom = BOX
    difference = np.abs(ours.astype(int) - theirs.astype(int))[top:bottom, left:right]
    return {"largest": int(difference.max()), "mean": round(float(difference.mean()), 4)}


def _diffusers(pack, frame, noise, request):
    import torch
    from diffusers import StableDiffusionInpaintPipeline

    pipeline = StableDiffusionInpaintPipeline.from_pretrained(pack, torch_dtype=torch.float32)
    pipeline.set_progress_bar_config(disable=True)
    image = torch.from_numpy(frame).permute(2, 0, 1)[None].float() / 127.5 - 1
    mask = torch.zeros(1, 1, SIDE, SIDE)
    mask[:, :, BOX[1] : BOX[3], BOX[0] : BOX[2]] = 1
    with torch.inference_mode():
        # The pipeline would draw a sample of what is known; the product takes the distribution's mean.
        known = pipeline.vae.encode(image * (1 - mask)).latent_dist.mean * pipeline.vae.config.scaling_factor
        cells = known.shape[-1]
        painted = pipeline(
            prompt=request["prompt"], negative_prompt="", image=image, mask_image=mask, masked_image_latents=known,
            height=SIDE, width=SIDE, strength=1.0, num_inference_steps=request["steps"],
            guidance_scale=request["guidance"], latents=noise.view(1, 4, cells, cells), output_type="pt",
        ).images
    return (painted[0] * 255).round().byte().permute(1, 2, 0).numpy()


if __name__ == "__main__":
    print(json.dumps(proof(*sys.argv[1:3])))
