"""The pack's eval/: scenes with known answers, larger than those of training, for the benchmarks of the method."""

import json
import os

import numpy as np
from PIL import Image

from drawing import Drawing, pick
from world import HOSTS, NAMES, PARTS, TINTABLE, TINTS, article, with_parts

SIDES = (256, 320, 384, 512)


def write_eval(work, folder, seed, count=60):
    """Writes PNG files and prompts.jsonl: a line each with file, caption, prompt, kind ("replace" or "add"), target,
    and, where a thing is to be replaced, source and box."""
    os.makedirs(folder, exist_ok=True)
    drawings = [Drawing(work, side) for side in SIDES]
    lines = []
    for index in range(count):
        random = np.random.RandomState(seed + index)
        # By turns two things and one, each scene from the next seed that has so many.
        wanted = 1 if index % 2 else 2
        while True:
            seed += 1
            image, held = drawings[index % len(drawings)].scene(seed)
            if len(set(held["nouns"])) == len(held["nouns"]) == wanted:
                break
        line = {"file": f"s{index:03}.png", "caption": held["caption"], **_task(random, index, held)}
        Image.fromarray(image).save(os.path.join(folder, line["file"]))
        lines.append(line)
    with open(os.path.join(folder, "prompts.jsonl"), "w", encoding="utf8") as file:
        file.write("".join(json.dumps(line) + "\n" for line in lines))


def _task(random, index, held):
    """What is asked of a scene: of ten, one more thing, one in a colour, one full of parts, and seven plain ones."""
    left, top, right, bottom = (int(edge) for edge in held["boxes"][0])
    here = {
        "source": held["nouns"][0],
        "box": {"left": left, "top": top, "width": right - left, "height": bottom - top},
    }
    if index % 10 == 1:
        return {"kind": "add", "prompt": "a big tree with many flowers", "target": "tree"}
    if index % 10 == 5:
        name, tint = pick(random, TINTABLE), pick(random, list(TINTS))
        return {"kind": "replace", "prompt": article(f"{tint} {name}"), "target": name, **here}
    if index % 10 == 7:
        host, part = pick(random, HOSTS), pick(random, PARTS)
        return {"kind": "replace", "prompt": with_parts(host, part), "target": host, **here}
    name = pick(random, [other for other in NAMES if other not in held["nouns"]])
    return {"kind": "replace", "prompt": article(name), "target": name, **here}
