"""diffusers' side of `bench/nets-edit.ts`: python3 nets_edit_torch.py PACK THREADS STEPS FORMAT DEVICE FORM

Opens Stable Diffusion's inpainting pipeline from the files of a pack on DEVICE, cpu (computing in 32-bit floats) or
cuda:N (in 16). FORMAT is contiguous, channels_last, or auto for the one in which the UNet is faster here. FORM is eager,
or compiled for torch.compile of the UNet. Prints one line of JSON about itself, then answers
each line of standard input by a line of JSON: the wall and the processor seconds of one whole painting.
"""

import json
import os
import sys
import time
import warnings

os.environ.pop("OPENBLAS_CORETYPE", None)
os.environ.update({"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1", "TQDM_DISABLE": "1"})
sys.dont_write_bytecode = True
warnings.filterwarnings("ignore")

import diffusers  # noqa: E402
import numpy  # noqa: E402
import PIL.Image  # noqa: E402
import torch  # noqa: E402
import transformers  # noqa: E402

formats = {"contiguous": torch.contiguous_format, "channels_last": torch.channels_last}


def main(pack, threads, steps, format, device, form):
    torch.set_num_threads(int(threads))
    diffusers.logging.set_verbosity_error()
    transformers.logging.set_verbosity_error()
    pipeline = opened(pack, device)
    if form == "compiled":
        pipeline.unet.compile(dynamic=False)
    with torch.inference_mode():
        if format == "auto":
            format = min(formats, key=lambda name: unet_seconds(pipeline, name))
        arrange(pipeline, format)
        version = f"{torch.__version__}, diffusers {diffusers.__version__}"
        reply({"version": version, "format": format})
        paint(pipeline, 1)
        for _ in sys.stdin:
            reply(paint(pipeline, int(steps)))


def opened(pack, device):
    bits = torch.float32 if device == "cpu" else torch.float16

    def at(name):
        return os.path.join(pack, name)

    floats = {"torch_dtype": bits, "variant": "fp16", "use_safetensors": True}
    pipeline = diffusers.StableDiffusionInpaintPipeline(
        unet=diffusers.UNet2DConditionModel.from_pretrained(at("unet"), **floats),
        vae=diffusers.AutoencoderKL.from_pretrained(at("vae"), **floats),
        text_encoder=transformers.CLIPTextModel.from_pretrained(
            at("text_encoder"), dtype=bits, variant="fp16", use_safetensors=True
        ),
        tokenizer=transformers.CLIPTokenizer.from_pretrained(at("tokenizer")),
        scheduler=diffusers.PNDMScheduler.from_pretrained(at("scheduler")),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )
    pipeline.set_progress_bar_config(disable=True)
    return pipeline.to(device)


def unet_seconds(pipeline, format):
    """Seconds of the faster of two runs on both halves of guidance."""
    arrange(pipeline, format)
    sample, states = (
        torch.zeros(shape, dtype=pipeline.unet.dtype, device=pipeline.device)
        for shape in ((2, 9, 64, 64), (2, 77, 768))
    )
    runs = []
    for _ in range(2):
        start = time.perf_counter()
        pipeline.unet(sample, 601, encoder_hidden_states=states)
        runs.append(time.perf_counter() - start)
    return min(runs)


def arrange(pipeline, format):
    pipeline.unet.to(memory_format=formats[format])
    pipeline.vae.to(memory_format=formats[format])


def paint(pipeline, steps):
    """The picture, box and settings of `bench/nets-edit.ts`."""
    rows, columns = numpy.mgrid[0:512, 0:512]
    picture = numpy.stack([rows // 2, columns // 2, (rows + columns) // 4], 2).astype(numpy.uint8)
    mask = numpy.zeros((512, 512), numpy.uint8)
    mask[128:384, 128:384] = 255
    start, used = time.perf_counter(), time.process_time()
    pipeline(
        prompt="a red fox in the snow",
        negative_prompt="",
        image=PIL.Image.fromarray(picture),
        mask_image=PIL.Image.fromarray(mask),
        height=512,
        width=512,
        num_inference_steps=steps,
        guidance_scale=7.5,
        strength=1.0,
        generator=torch.Generator().manual_seed(1),
    )
    return {"wall": time.perf_counter() - start, "processor": time.process_time() - used}


def reply(value):
    print(json.dumps(value), flush=True)


main(*sys.argv[1:])
