"""One loop for every network: a budget in minutes, a cosine learning rate, averaged weights, and resuming."""

import copy
import math
import os
import queue
import threading
import time

import torch

from artists import Artists

# Steps after which the loop waits for a fast device: it must not run far ahead of what is done.
WAIT_EVERY = 8


class Pool:
    """Examples that artists draw: grown to a network's `examples` while training runs, then renewed one by one."""

    def __init__(self, draw, drawing, settings, workers, finish=lambda examples: examples):
        """`draw`, `drawing` and `workers` as of `Artists`; `finish` makes of a list of drawn examples what is kept of them."""
        self.artists = Artists(draw, drawing, settings["seed"] * 1_000_000, workers)
        self.limit, self.finish, self.items = settings["examples"], finish, []

    def add(self, count, wait=True):
        """Adds the examples of `count` more seeds; unless `wait`, those that are drawn already."""
        for item in self.finish(self.artists.take(count, wait)):
            if len(self.items) < self.limit:
                self.items.append(item)
            else:
                self.items[torch.randint(self.limit, ()).item()] = item

    def draw(self, count):
        return [self.items[index] for index in torch.randint(len(self.items), (count,)).tolist()]


def train(name, module, batch_of, loss_of, *, folder, settings, device, pool, save, validate, log=print):
    """Trains `module` until `settings["minutes"]` are spent, counting those of earlier runs in `folder`.

    `batch_of(examples)` is a tuple of tensors on the device, of the same shapes each time; `loss_of(module, *batch)` is
    a scalar, is called under bf16 autocast, and draws what it needs by chance on the device. `save(module)` and
    `validate(module)`, a dict of figures, see the averaged weights.
    """
    state_file = os.path.join(folder, f"{name}.pt")
    module.to(device).train()
    step = Step(module, loss_of, settings, device)
    average = copy.deepcopy(module).eval().requires_grad_(False)
    count, spent = 0, 0.0
    if os.path.exists(state_file):
        state = torch.load(state_file, map_location=device, weights_only=True)
        module.load_state_dict(state["module"])
        average.load_state_dict(state["average"])
        step.optimizer.load_state_dict(state["optimizer"])
        count, spent, pool.artists.seed = state["step"], state["minutes"], state["seed"]
    if spent >= settings["minutes"]:
        return average
    pool.add(settings["first_examples"])
    started, checked, total, since = time.time() - spent * 60, time.time(), torch.zeros((), device=device), 0
    log(f"{name}: step {count}, {spent:.1f} of {settings['minutes']} minutes, {validate(average)}", flush=True)
    batches = _batches(pool, batch_of, settings, device)
    step.begin(next(batches))
    batches = ahead(batches, device)
    while True:
        spent = (time.time() - started) / 60
        done = min(1.0, spent / settings["minutes"])
        if done == 1.0 or time.time() - checked > settings["check_seconds"]:
            figures = validate(average)
            mean = total.item() / max(1, since)
            save(average)
            state = {
                "module": module.state_dict(), "average": average.state_dict(),
                "optimizer": step.optimizer.state_dict(), "step": count, "minutes": spent, "seed": pool.artists.seed,
            }
            torch.save(state, state_file + ".new")
            os.replace(state_file + ".new", state_file)
            log(f"{name}: step {count}, {spent:.1f} minutes, loss {mean:.4f}, {figures}", flush=True)
            checked, since = time.time(), 0
            total.zero_()
            if done == 1.0:
                batches.close()
                pool.artists.close()
                return average
        warm = min(1, (count + 1) / settings["warmup"])
        step.set_rate(settings["rate"] * warm * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * done))))
        total += step(next(batches))
        count, since = count + 1, since + 1
        if count % WAIT_EVERY == 0:
            total.item()
        decay = min(settings["average"], 1 - 1 / (1 + count / 10))
        with torch.no_grad():
            torch._foreach_lerp_(list(average.parameters()), list(module.parameters()), 1 - decay)
            for kept, current in zip(average.buffers(), module.buffers()):
                kept.copy_(current)


class Optimizers:
    """Several optimizers as one."""

    def __init__(self, parts):
        self.parts = parts

    @property
    def param_groups(self):
        return [group for part in self.parts for group in part.param_groups]

    def zero_grad(self):
        for part in self.parts:
            part.zero_grad()

    def step(self):
        for part in self.parts:
            part.step()

    def state_dict(self):
        return {str(index): part.state_dict() for index, part in enumerate(self.parts)}

    def load_state_dict(self, state):
        for index, part in enumerate(self.parts):
            part.load_state_dict(state[str(index)])


def _matrices(module):
    """Weights of linear layers, which Muon steps (https://kellerjordan.github.io/posts/muon/): far in few steps."""
    layers = [layer for layer in module.modules() if isinstance(layer, torch.nn.Linear)]
    return [layer.weight for layer in layers if layer.weight.requires_grad]


class Step:
    """One step of training: called with a batch, gives the loss.

    On CUDA it is recorded once as a graph and replayed: the kernels of a small network end sooner than Python starts the
    next. https://pytorch.org/docs/stable/notes/cuda.html#cuda-graphs
    """

    def __init__(self, module, loss_of, settings, device):
        self.module, self.loss_of, self.device = module, loss_of, device
        self.parameters = [parameter for parameter in module.parameters() if parameter.requires_grad]
        self.is_recorded = device.type == "cuda"
        rate = torch.tensor(settings["rate"], device=device) if self.is_recorded else settings["rate"]
        common = {"lr": rate, "weight_decay": settings["weight_decay"]}
        matrices = _matrices(module) if settings.get("muon") else []
        known = {id(parameter) for parameter in matrices}
        self.optimizer = torch.optim.AdamW(
            [parameter for parameter in self.parameters if id(parameter) not in known], **common,
            betas=(0.9, settings.get("beta2", 0.99)), capturable=self.is_recorded,
        )
        if matrices:
            muon = torch.optim.Muon(matrices, **common, adjust_lr_fn="match_rms_adamw")
            self.optimizer = Optimizers([self.optimizer, muon])
        self.graph = self.inputs = self.loss = None

    def set_rate(self, rate):
        for group in self.optimizer.param_groups:
            if self.is_recorded:
                group["lr"].fill_(rate)
            else:
                group["lr"] = rate

    def __call__(self, batch):
        if self.graph is None:
            return self._run(batch)
        for mine, theirs in zip(self.inputs, batch):
            mine.copy_(theirs, non_blocking=True)
        self.graph.replay()
        return self.loss

    def _run(self, batch):
        with torch.autocast(self.device.type, torch.bfloat16, cache_enabled=not self.is_recorded):
            loss = self.loss_of(self.module, *batch)
        self.optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.parameters, 1.0)
        self.optimizer.step()
        return loss.detach()

    def begin(self, batch, log=print):
        """Records the step with a batch of its shapes, where it is to be replayed; a step that cannot be is run as it is."""
        if not self.is_recorded:
            return
        try:
            self._record(batch)
        except RuntimeError as error:
            log(f"not recorded as a CUDA graph: {error}", flush=True)
            self.graph = None

    def _record(self, batch):
        self.inputs = [tensor.clone() for tensor in batch]
        side = torch.cuda.Stream()
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):
            for _ in range(3):
                self._run(self.inputs)
        torch.cuda.current_stream().wait_stream(side)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            self.loss = self._run(self.inputs)
        self.graph = graph


def _batches(pool, batch_of, settings, device):
    while True:
        pool.add(settings["new_examples"], wait=device.type == "cpu")
        yield batch_of(pool.draw(settings["batch"]))


def ahead(batches, device):
    """The batches; on CUDA a thread makes the next ones while the device works."""
    if device.type == "cpu":
        yield from batches
        return
    ready, is_over = queue.Queue(4), threading.Event()

    def make():
        try:
            with torch.cuda.stream(torch.cuda.Stream()):
                while not is_over.is_set():
                    batch = next(batches)
                    torch.cuda.current_stream().synchronize()
                    ready.put(batch)
        except BaseException as error:
            ready.put(error)

    threading.Thread(target=make, daemon=True).start()
    try:
        while True:
            batch = ready.get()
            if isinstance(batch, BaseException):
                raise batch
            for tensor in batch:
                tensor.record_stream(torch.cuda.current_stream())
            yield batch
    finally:
        is_over.set()


@torch.no_grad()
def held_out_loss(module, held, batch_of, loss_of, device, size=64):
    """The mean loss of held-out examples by name, no caption dropped and the same noise each time; `batch_of` takes examples and the share dropped."""
    devices = [device] if device.type == "cuda" else []
    with torch.random.fork_rng(devices), torch.autocast(device.type, torch.bfloat16):
        torch.manual_seed(0)
        losses = [loss_of(module, *batch_of(held[at : at + size], 0)).item() for at in range(0, len(held), size)]
    return {"held-out loss": round(sum(losses) / len(losses), 4)}


def settings_of(config, name, device):
    """A network's settings; some are others on a GPU."""
    return config[name] | (config[name].get("cuda", {}) if device.type == "cuda" else {})
