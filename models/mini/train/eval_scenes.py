"""The pack's eval/: scenes with known answers, larger than those of training, for `lrbot eval` and the benchmarks of the method."""

import json
import os

import numpy as np
from PIL import Image

from drawing import Drawing, pick
from world import COUNTS, HOSTS, NAMES, PARTS, PLACES, TINTABLE, TINTS, article, counted, with_parts

SIDES = (256, 320, 384, 512)
# Scenes up to here replace or add one thing; those after them are small, and of the kinds of `_varied` in turn.
PLAIN = 72
SMALL_SIDES = (256, 288)


def write_eval(work, folder, seed, count=200, plain=PLAIN):
    """Writes PNG files and prompts.jsonl: a line each with file, caption, prompt, kind, target, and, where a thing is to be
    replaced, source and box. What the folder holds already stays as it is. So many scenes are plain ones."""
    os.makedirs(folder, exist_ok=True)
    drawings = [Drawing(work, side) for side in SIDES]
    small = [Drawing(work, side) for side in SMALL_SIDES]
    book = os.path.join(folder, "prompts.jsonl")
    lines = []
    if os.path.exists(book):
        with open(book, encoding="utf8") as file:
            lines = [json.loads(line) for line in file]
    for index in range(len(lines), count):
        seed_of_scene = seed + index * 100
        random = np.random.RandomState(seed_of_scene)
        if index >= plain:
            image, line = _varied(random, small[index % len(small)], seed_of_scene, (index - plain) % 8)
            line = {"file": f"s{index:03}.png", **line}
            Image.fromarray(image).save(os.path.join(folder, line["file"]), optimize=True)
            lines.append(line)
            continue
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


def _varied(random, drawing, seed, turn):
    """A scene and its line of one of eight kinds: replacing, adding, attributes, several objects, geometric relations, long
    paragraphs (the rows of the paper's Figure 4), anchors on background (its section 4.5), and prompts that may mean either of two things."""
    kind = ["replace", "add", "attributes", "objects", "relation", "paragraph", "background", "ambiguous"][turn]
    if kind == "background":
        place = pick(random, [place for place in PLACES if PLACES[place] != [""]])
        image = np.asarray(drawing.background(random, place).convert("RGB"))
        name = pick(random, NAMES)
        return image, {"caption": f"an empty place {pick(random, PLACES[place])}".strip(), "kind": kind, "prompt": article(name), "target": name}
    wanted = 2 if kind == "ambiguous" else 1
    while True:
        seed += 1
        image, held = drawing.scene(seed)
        if len(set(held["nouns"])) == len(held["nouns"]) == wanted:
            break
    others = [name for name in NAMES if name not in held["nouns"]]
    name, other = pick(random, others), pick(random, others)
    left, top, right, bottom = (int(edge) for edge in held["boxes"][0])
    here = {"source": held["nouns"][0], "box": {"left": left, "top": top, "width": right - left, "height": bottom - top}}
    line = {"caption": held["caption"], "kind": kind, "prompt": article(name), "target": name}
    if kind == "add":
        host, part = pick(random, HOSTS), pick(random, PARTS)
        return image, {**line, "prompt": with_parts(host, part), "target": host}
    if kind == "attributes":
        tinted, tint = pick(random, [one for one in TINTABLE if one not in held["nouns"]]), pick(random, list(TINTS))
        line |= {"prompt": article(f"{tint} {tinted}"), "target": tinted}
    elif kind == "objects":
        line |= {"prompt": f"{article(name)} and {article(other)}"}
    elif kind == "relation":
        side = pick(random, ["left of", "right of", "on top of", "in front of"])
        line |= {"prompt": f"{article(name)} {side} {article(other)}"}
    elif kind == "paragraph":
        part, tint = pick(random, PARTS), pick(random, list(TINTS))
        line |= {
            "prompt": f"Where something else stood before there is now {article(name)}. It is what one sees first, with {article(tint + ' ' + part)} "
            f"not far from it. The day is calm, nobody else is there, and all around it the picture is just as it was."
        }
    elif kind == "ambiguous":
        return image, {**line, **here, "ambiguous": True}
    return image, {**line, **here}
