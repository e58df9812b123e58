#!/usr/bin/env python3
"""Makes the embedded pack, from nothing or from a pack that is there: python3 make.py all (docs/packs.md says more)."""

import argparse
import json
import os
import shutil
import sys

sys.dont_write_bytecode = True
os.environ.setdefault("HF_HUB_OFFLINE", "1")

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.abspath(os.path.join(HERE, "..", "..", ".."))
TRAINED = ["vae", "vit", "clip", "scorer", "unet"]
# What is trained on top of these, each by name.
ADDED = ["few_steps", "vq", "tokens", "instruct"]
# Where a pack has what the work folder calls so.
PACK_FOLDERS = {
    "clip": "clip", "vit": "dino", "vae": "vae", "unet": "unet", "text_encoder": "text_encoder", "tokenizer": "tokenizer",
    "vq": "vq", "tokens": "tokens",
}


def main():
    args = arguments()
    # Before PyTorch is loaded: it counts its threads then.
    os.environ["OMP_NUM_THREADS"] = str(args.threads)
    import torch

    torch.set_num_threads(args.threads)
    kitchen = Kitchen(args)
    for step in steps_of(args):
        kitchen.cook(step)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    halves = ["evaluate-networks", "evaluate-painting", "evaluate-tokens", "evaluate-instruct"]
    steps = ["sprites", "tokenizer", *TRAINED, *ADDED, "judge", "evaluate", *halves, "sheets", "pack", "region-scenes"]
    parser.add_argument("what", nargs="+", choices=["all", *steps], help="what to make; what it needs is made before")
    parser.add_argument("--config", default=os.path.join(HERE, "config.json"), help="sizes and budgets")
    parser.add_argument("--work", default=os.path.join(ROOT, "mini-training"), help="folder of checkpoints")
    parser.add_argument("--start", help="a pack whose networks to go on from, for what the work folder lacks")
    parser.add_argument("--of", help="a pack to evaluate in place of the work folder's networks")
    parser.add_argument("--device", default="cpu", help="cpu, cuda, ...")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--workers", type=int, default=0, help="processes that draw examples; none: drawn in between")
    parser.add_argument("--minutes", type=float, help="budget of each named network, in place of the config's")
    parser.add_argument("--scenes", type=int, default=2000, help="how many region-scenes draws in all")
    parser.add_argument("--steps", type=int, help="sampling steps of what is evaluated, in place of the config's")
    parser.add_argument("--guidance", type=float, help="its guidance; 1 is none")
    parser.add_argument("--lora", help="a LoRA over the UNet that is evaluated, such as few_steps leaves")
    parser.add_argument("--judge", choices=["scorer", "clip"], default="scorer", help="clip: the pack's own")
    parser.add_argument("--out", help="the pack's folder, called as the config's pack; by default in the work folder")
    return parser.parse_args()


def steps_of(args):
    everything = ["sprites", "tokenizer", *TRAINED, "judge", "evaluate", "sheets", "pack"]
    return everything if "all" in args.what else args.what


class Kitchen:
    """Makes one step after another; each finds in the work folder what earlier ones left."""

    def __init__(self, args):
        import torch

        self.args, self.work, self.device = args, args.work, torch.device(args.device)
        if self.device.type == "cuda":
            torch.backends.cudnn.benchmark = True
            torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = True
        with open(args.config, encoding="utf8") as file:
            self.config = json.load(file)
        os.makedirs(self.work, exist_ok=True)
        for name, folder in PACK_FOLDERS.items():
            if args.start and os.path.exists(os.path.join(args.start, folder)) and not os.path.exists(self.at(name)):
                shutil.copytree(os.path.join(args.start, folder), self.at(name))

    def at(self, name):
        return os.path.join(self.work, name)

    def cook(self, step):
        if step in (*TRAINED, *ADDED):
            self.train(step)
        else:
            getattr(self, step.replace("-", "_"))()

    def sprites(self):
        import drawing

        drawing.fetch_sprites(self.work)

    def drawing(self):
        import drawing

        self.sprites()
        return drawing.Drawing(self.work, self.config["side"])

    def tokenizer(self):
        import tokenizer

        if self.args.of:
            return tokenizer.Tokenizer(os.path.join(self.args.of, PACK_FOLDERS["tokenizer"]))
        if not os.path.exists(self.at("tokenizer")):
            self.sprites()
            tokenizer.learn(self.work, self.at("tokenizer"), **self.config["tokenizer"])
        return tokenizer.Tokenizer(self.at("tokenizer"))

    def network(self, name):
        """The network as it was trained, or fresh."""
        import networks
        import torch

        if name == "text_encoder" and not self.args.of and not os.path.exists(self.at(name)):
            networks.text_encoder_of(self.network("clip")).save_pretrained(self.at(name))
        if self.args.of and name != "scorer":
            return networks.read(name, os.path.join(self.args.of, PACK_FOLDERS[name]))
        if os.path.exists(self.at(name)):
            return networks.read(name, self.at(name))
        torch.manual_seed(self.config[name]["seed"])
        return networks.build(name, self.config, self.tokenizer())

    def painter(self):
        from painting import Painter

        scheduler = None
        if self.args.of:
            with open(os.path.join(self.args.of, "scheduler", "scheduler_config.json"), encoding="utf8") as file:
                scheduler = json.load(file)
        how = {name: getattr(self.args, name) or self.config["painting"][name] for name in ("steps", "guidance")}
        parts = [self.network(name) for name in ("unet", "vae", "text_encoder")]
        if self.args.lora:
            from low_rank import merge_low_rank

            merge_low_rank(parts[0], self.args.lora)
        return Painter(*parts, self.tokenizer(), self.device, **how, scheduler=scheduler)

    def judge(self):
        from train_judge import train_judge

        nets = {name: self.network(name) for name in ("vit", "clip")}
        how = {"config": self.config, "folder": self.work, "device": self.device}
        self.note({"judge": train_judge(nets["vit"], nets["clip"], self.drawing(), self.tokenizer(), **how)})

    def evaluate(self):
        self.evaluate_networks()
        self.evaluate_painting()

    def evaluate_networks(self):
        from evaluate import evaluate_networks

        nets = {name: self.network(name) for name in ("clip", "scorer", "vit", "vae")}
        self.note(evaluate_networks(nets, self.drawing(), self.tokenizer(), self.config, self.device))

    def evaluate_painting(self):
        from evaluate import evaluate_painting

        judge = self.network(self.args.judge)
        self.note(evaluate_painting(self.painter(), judge, self.drawing(), self.tokenizer(), self.config, self.device))

    def evaluate_tokens(self):
        from evaluate import evaluate_codebook, evaluate_painting, told
        from train_tokens import TokenPainter

        judge, parts = self.network(self.args.judge), [self.network(name) for name in ("tokens", "vq", "clip")]
        world = self.drawing(), self.tokenizer(), self.config, self.device
        found = {}
        told(found, "frames through the codebook", evaluate_codebook(parts[1], judge, *world))
        self.note(found)
        how = {name: getattr(self.args, name) or self.config["painting"][name] for name in ("steps", "guidance")}
        for name, by_class in (("by sentences", False), ("by classes", True)):
            painter = TokenPainter(*parts, self.tokenizer(), self.device, **how, by_class=by_class)
            found = evaluate_painting(painter, judge, *world, by_class=by_class)
            self.note({f"tokens {name}, {key}": value for key, value in found.items()})

    def evaluate_instruct(self):
        from train_clip import Eyes
        from train_instruct import Instructed, evaluate_instruct, instructed

        vae, encoder, how = self.network("vae"), self.network("text_encoder"), self.config["instruct"]
        unet = instructed(self.network("unet"), vae.config.scaling_factor, self.at("instruct"))
        settings = {name: how[name] for name in ("steps", "guidance", "image_guidance")}
        editor = Instructed(unet, vae, encoder, self.tokenizer(), self.device, **settings)
        judge = Eyes(self.network(self.args.judge).to(self.device).eval(), self.tokenizer(), self.device)
        found = evaluate_instruct(editor, judge, self.drawing(), self.config)
        print(found, flush=True)
        self.note({"instructions": found})

    def note(self, figures):
        """Keeps figures beside those that were found before."""
        import networks

        name = "figures-of-another.json" if self.args.of else "figures.json"
        networks.write_json(self.at(name), (self.found(name) or {}) | figures)

    def sheets(self):
        import networks
        from sheets import write_sheets

        shown = write_sheets(self.painter(), self.drawing(), self.config, self.at("pictures"))
        networks.write_json(self.at("sheets.json"), shown)

    def pack(self):
        from card import write_card
        from eval_scenes import write_eval
        from pack import write_pack
        from proof import proof

        out = self.args.out or self.at(self.config["pack"]["name"])
        nets = {name: self.network(name) for name in ("clip", "vit", "vae", "unet", "text_encoder")}
        # Both or none: a codebook without its transformer paints nothing.
        nets |= {name: self.network(name) for name in ("vq", "tokens") if os.path.exists(self.at("tokens"))}
        write_pack(nets, self.work, out, self.config)
        self.sprites()
        write_eval(self.work, os.path.join(out, "eval"), self.config["held_out_seed"] + 3_000_000)
        # The product's side of the proof needs a built project.
        is_built = os.path.exists(os.path.join(ROOT, "dist"))
        proven = proof(out, self.at("proof")) if is_built else None
        print(f"{out}: {proven or 'not held against the product: npm run build first'}", flush=True)
        found = [self.found(name) for name in ("figures.json", "sheets.json", os.path.join("sprites", "versions.json"))]
        write_card(os.path.join(out, "MODEL_CARD.md"), nets, self.config, *found, proven)

    def region_scenes(self):
        """Scenes and prompts as in eval/, of other seeds, for the network that edits start from (bench/region-network.ts)."""
        from eval_scenes import write_eval

        self.sprites()
        count = self.args.scenes
        write_eval(self.work, self.at("region-scenes"), self.config["held_out_seed"] + 6_000_000, count, plain=count)

    def found(self, name):
        """What an earlier step wrote, or null."""
        if not os.path.exists(self.at(name)):
            return None
        with open(self.at(name), encoding="utf8") as file:
            return json.load(file)

    def train(self, name):
        import torch

        settings = self.config[name]
        if self.args.minutes is not None:
            settings |= {"minutes": self.args.minutes, "cuda": settings.get("cuda", {}) | {"minutes": self.args.minutes}}
        common = {"config": self.config, "folder": self.work, "device": self.device, "workers": self.args.workers}
        torch.manual_seed(settings["seed"])
        drawing, tokenizer = self.drawing(), self.tokenizer()
        # A LoRA is a change of the UNet.
        net = self.network("unet" if name in ("few_steps", "instruct") else name)
        if name in ("clip", "scorer"):
            from train_clip import train_clip

            train_clip(name, net, drawing, tokenizer, **common)
        elif name == "vit":
            from train_vit import train_vit

            train_vit(net, drawing, **common)
        elif name == "vae":
            from train_vae import train_vae

            train_vae(net, drawing, keep_encoder=self.args.start is not None, **common)
        elif name == "vq":
            from train_vq import train_vq

            train_vq(net, drawing, self.network("vae"), **common)
        elif name == "tokens":
            from train_tokens import train_tokens

            train_tokens(net, drawing, self.network("vq"), self.network("clip"), tokenizer, **common)
        else:
            from train_few_steps import train_few_steps
            from train_instruct import train_instruct
            from train_unet import train_unet

            vae, encoder = self.network("vae"), self.network("text_encoder")
            run = {"few_steps": train_few_steps, "instruct": train_instruct}.get(name, train_unet)
            run(net, drawing, vae, encoder, tokenizer, **common)


if __name__ == "__main__":
    main()
