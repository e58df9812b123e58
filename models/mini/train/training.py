"""One loop for every network: a budget in minutes, a cosine learning rate, averaged weights, and resuming."""

import copy
import math
import os
import time

import torch


class Pool:
    """Examples made by seed: grown to `limit` while training runs, then renewed one by one."""

    def __init__(self, make, limit, seed):
        self.make, self.limit, self.seed, self.items = make, limit, seed, []

    def add(self, count):
        """Makes `count` more examples; `make(seeds)` gives a list of them."""
        seeds = range(self.seed, self.seed + count)
        self.seed += count
        for item in self.make(seeds):
            if len(self.items) < self.limit:
                self.items.append(item)
            else:
                self.items[torch.randint(self.limit, ()).item()] = item

    def draw(self, count):
        return [self.items[index] for index in torch.randint(len(self.items), (count,)).tolist()]


def train(name, module, loss_of, *, folder, settings, device, pool, save, validate, log=print):
    """Trains `module` until `settings["minutes"]` are spent, counting those of earlier runs in `folder`.

    `loss_of(module, examples)` is a scalar and is called under bf16 autocast; `save(module)` and `validate(module)`, a
    dict of figures, see the averaged weights.
    """
    state_file = os.path.join(folder, f"{name}.pt")
    module.to(device).train()
    parameters = [parameter for parameter in module.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(
        parameters, lr=settings["rate"], weight_decay=settings["weight_decay"], betas=(0.9, settings.get("beta2", 0.99))
    )
    average = copy.deepcopy(module).eval().requires_grad_(False)
    step, spent = 0, 0.0
    if os.path.exists(state_file):
        state = torch.load(state_file, map_location=device, weights_only=True)
        module.load_state_dict(state["module"])
        average.load_state_dict(state["average"])
        optimizer.load_state_dict(state["optimizer"])
        step, spent, pool.seed = state["step"], state["minutes"], state["seed"]
    if spent >= settings["minutes"]:
        return average
    pool.add(settings["first_examples"])
    started, checked, losses = time.time() - spent * 60, time.time(), []
    log(f"{name}: step {step}, {spent:.1f} of {settings['minutes']} minutes, {validate(average)}", flush=True)
    while True:
        spent = (time.time() - started) / 60
        done = min(1.0, spent / settings["minutes"])
        if done == 1.0 or time.time() - checked > settings["check_seconds"]:
            figures = validate(average)
            mean = sum(losses) / max(1, len(losses))
            save(average)
            state = {
                "module": module.state_dict(), "average": average.state_dict(), "optimizer": optimizer.state_dict(),
                "step": step, "minutes": spent, "seed": pool.seed,
            }
            torch.save(state, state_file + ".new")
            os.replace(state_file + ".new", state_file)
            log(f"{name}: step {step}, {spent:.1f} minutes, loss {mean:.4f}, {figures}", flush=True)
            checked, losses = time.time(), []
            if done == 1.0:
                return average
        rate = settings["rate"] * min(1, (step + 1) / settings["warmup"])
        for group in optimizer.param_groups:
            group["lr"] = rate * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * done)))
        pool.add(settings["new_examples"])
        with torch.autocast(device.type, torch.bfloat16):
            loss = loss_of(module, pool.draw(settings["batch"]))
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        step += 1
        losses.append(loss.item())
        decay = min(settings["average"], 1 - 1 / (1 + step / 10))
        with torch.no_grad():
            torch._foreach_lerp_(list(average.parameters()), list(module.parameters()), 1 - decay)
            for kept, current in zip(average.buffers(), module.buffers()):
                kept.copy_(current)
