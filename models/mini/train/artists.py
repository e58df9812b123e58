"""Draws examples by seed, here or in other processes, so that a fast device need not wait for drawings."""

import collections
import concurrent.futures
import itertools
import multiprocessing

from drawing import Drawing

# Seeds that a process draws in one go, and tasks that lie ready for each process.
CHUNK, AHEAD = 16, 4


class Artists:
    """`draw(drawing, seed)` gives a list of examples; it and what it gives can be pickled. Seeds count up from `seed`."""

    def __init__(self, draw, drawing, seed, workers=0):
        self.draw, self.drawing, self.seed = draw, drawing, seed
        self.tasks, self.most, self.pool = collections.deque(), workers * AHEAD, None
        if workers > 0:
            self.pool = concurrent.futures.ProcessPoolExecutor(
                workers, multiprocessing.get_context("spawn"), _begin, (drawing.work, drawing.side)
            )

    def take(self, count, wait=True):
        """Examples of the next `count` seeds. Of other processes in whole chunks, and unless `wait` none that is not ready."""
        if self.pool is None:
            self.seed += count
            return _drawn(self.draw, self.drawing, range(self.seed - count, self.seed))
        found = []
        for _ in range(-(-count // CHUNK)):
            while len(self.tasks) < self.most:
                self.tasks.append(self.pool.submit(_drawn_there, self.draw, range(self.seed, self.seed + CHUNK)))
                self.seed += CHUNK
            if not wait and not self.tasks[0].done():
                break
            found += self.tasks.popleft().result()
        return found

    def close(self):
        if self.pool is not None:
            self.pool.shutdown(cancel_futures=True)


def scene(drawing, seed):
    return [drawing.scene(seed)]


def _drawn(draw, drawing, seeds):
    return list(itertools.chain.from_iterable(draw(drawing, seed) for seed in seeds))


# What a drawing process draws with.
_here = None


def _begin(work, side):
    global _here
    _here = Drawing(work, side)


def _drawn_there(draw, seeds):
    return _drawn(draw, _here, seeds)
