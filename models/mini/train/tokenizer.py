"""A byte-pair tokenizer in CLIP's format: vocab.json and merges.txt, lower case, words ended by </w>."""

import collections
import json
import os
import re

import torch

import world

START, END = "<|startoftext|>", "<|endoftext|>"
_PIECES = re.compile(r"[a-z]+|[0-9]|[^\sa-z0-9]+")
# Words that people write around a caption.
_FILLERS = (
    "photo of image picture high quality white fur standing center sitting some lots the is are there big large small"
    " little tiny huge a an and with many two on in at under"
)


def learn(work, folder, merges, positions):
    """Learns merges from the world's words and the drawings' own labels and tags; writes a tokenizer's folder."""
    counts = collections.Counter()
    for text in [*world.words(), *_FILLERS.split()]:
        counts.update({word: 50 for word in _PIECES.findall(text)})
    with open(os.path.join(work, "npm/node_modules/emojibase-data/en/data.json"), encoding="utf8") as file:
        for entry in json.load(file):
            for text in [entry["label"], *entry.get("tags", [])]:
                counts.update({word: 2 for word in _PIECES.findall(text.lower()) if word.isascii()})
    spelled = {(*word[:-1], word[-1] + "</w>"): count for word, count in counts.items()}
    learned = []
    while len(learned) < merges:
        pairs = collections.Counter()
        for pieces, count in spelled.items():
            for pair in zip(pieces, pieces[1:]):
                pairs[pair] += count
        best, count = max(pairs.items(), key=lambda item: (item[1], item[0]), default=(None, 0))
        if count < 4:
            break
        learned.append(best)
        spelled = {tuple(_merged(list(pieces), best)): count for pieces, count in spelled.items()}
    letters = _byte_letters()
    entries = letters + [letter + "</w>" for letter in letters] + ["".join(pair) for pair in learned] + [START, END]
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "vocab.json"), "w", encoding="utf8") as file:
        json.dump({entry: index for index, entry in enumerate(entries)}, file, ensure_ascii=False)
    with open(os.path.join(folder, "merges.txt"), "w", encoding="utf8") as file:
        file.write("#version: 0.2\n" + "".join(f"{a} {b}\n" for a, b in learned))
    tokens = {"bos_token": START, "eos_token": END, "unk_token": END, "pad_token": END}
    settings = {
        "tokenizer_class": "CLIPTokenizer", "model_max_length": positions, "do_lower_case": True, **tokens,
        "add_prefix_space": False,
    }
    for name, content in (("tokenizer_config.json", settings), ("special_tokens_map.json", tokens)):
        with open(os.path.join(folder, name), "w", encoding="utf8") as file:
            json.dump(content, file, indent=2)


class Tokenizer:
    """Reads a tokenizer's folder; call it with texts for ids [texts, positions], padded with the end token."""

    def __init__(self, folder):
        with open(os.path.join(folder, "vocab.json"), encoding="utf8") as file:
            self.vocabulary = json.load(file)
        with open(os.path.join(folder, "merges.txt"), encoding="utf8") as file:
            lines = file.read().split("\n")[1:]
        with open(os.path.join(folder, "tokenizer_config.json"), encoding="utf8") as file:
            self.positions = json.load(file)["model_max_length"]
        self.ranks = {tuple(line.split()): rank for rank, line in enumerate(lines) if line}
        self.start, self.end = self.vocabulary[START], self.vocabulary[END]
        self._words = {}

    def __call__(self, texts):
        ids = torch.full((len(texts), self.positions), self.end, dtype=torch.long)
        for row, text in enumerate(texts):
            pieces = [piece for word in _PIECES.findall(text.lower()) for piece in self._word(word)]
            line = [self.start, *pieces][: self.positions - 1] + [self.end]
            ids[row, : len(line)] = torch.tensor(line)
        return ids

    def _word(self, word):
        if word not in self._words:
            pieces = [*word[:-1], word[-1] + "</w>"]
            while len(pieces) > 1:
                best = min(zip(pieces, pieces[1:]), key=lambda pair: self.ranks.get(pair, 1 << 30))
                if best not in self.ranks:
                    break
                pieces = _merged(pieces, best)
            self._words[word] = [self.vocabulary.get(piece, self.end) for piece in pieces]
        return self._words[word]


def _merged(pieces, pair):
    merged, index = [], 0
    while index < len(pieces):
        if tuple(pieces[index : index + 2]) == pair:
            merged.append("".join(pair))
            index += 2
        else:
            merged.append(pieces[index])
            index += 1
    return merged


def _byte_letters():
    """The 256 letters that CLIP writes bytes as."""
    shown = [*range(33, 127), *range(161, 173), *range(174, 256)]
    hidden = [byte for byte in range(256) if byte not in shown]
    return [chr(byte) for byte in shown] + [chr(256 + index) for index in range(len(hidden))]
