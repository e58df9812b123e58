"""The pack's eval/: scenes with known answers, larger than those of training, for the benchmarks of the method."""

import json
import os

import numpy as np
from PIL import Image

from drawing import Drawing, pick
from world import COUNTS, HOSTS, NAMES, PARTS, TINTABLE, TINTS, article, counted, with_parts

SIDES = (256, 320, 384, 512)


def write_eval(work, folder, seed, count=72):
    """Writes PNG files and prompts.jsonl: a line each with file, caption, prompt, kind ("replace" or "add"), target,
    and, where a thing is to be replaced, source and box. What the folder holds already stays as it is."""
    os.makedirs(folder, exist_ok=True)
    drawings = [Drawing(work, side) for side in SIDES]
    book = os.path.join(folder, "prompts.jsonl")
    lines = []
    if os.path.exists(book):
        with open(book, encoding="utf8") as file:
            lines = [json.loads(line) for line in file]
    for index in range(len(lines), count):
        seed_of_scene = seed + index * 100
        random = np.random.RandomState(seed_of_scene)
        # By turns two things and one, each scene from the next seed that has so many.
        wanted = 1 if index % 2 else 2
        while True:
            seed_of_scene += 1
            image, held = drawings[index % len(drawings)].scene(seed_of_scene)
            if len(set(held["nouns"])) == len(held["nouns"]) == wanted:
                break
        task = _task(random, index, held, {line["target"] for line in lines})
        line = {"file": f"s{index:03}.png", "caption": held["caption"], **task}
        Image.fromarray(image).save(os.path.join(folder, line["file"]))
        lines.append(line)
    with open(book, "w", encoding="utf8") as file:
        file.write("".join(json.dumps(line) + "\n" for line in lines))


def _task(random, index, held, told):
    """What is asked of a scene: of ten, one more thing, one counted, one in a colour, one full of parts, and six plain ones.

    Plain ones are of things that are not `told` of before, for as long as there are any.
    """
    left, top, right, bottom = (int(edge) for edge in held["boxes"][0])
    here = {
        "source": held["nouns"][0],
        "box": {"left": left, "top": top, "width": right - left, "height": bottom - top},
    }
    if index % 10 == 1:
        return {"kind": "add", "prompt": "a big tree with many flowers", "target": "tree"}
    if index % 10 == 3:
        name, count = pick(random, NAMES), pick(random, list(COUNTS))
        return {"kind": "replace", "prompt": counted(name, count), "target": name, **here}
    if index % 10 == 5:
        name, tint = pick(random, TINTABLE), pick(random, list(TINTS))
        return {"kind": "replace", "prompt": article(f"{tint} {name}"), "target": name, **here}
    if index % 10 == 7:
        host, part = pick(random, HOSTS), pick(random, PARTS)
        return {"kind": "replace", "prompt": with_parts(host, part), "target": host, **here}
    others = [other for other in NAMES if other not in held["nouns"]]
    name = pick(random, [other for other in others if other not in told] or others)
    return {"kind": "replace", "prompt": article(name), "target": name, **here}
