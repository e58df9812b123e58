import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { featureNames } from "../../../../src/pipeline/regions/prior/box-features.ts";
import { openLossBook } from "../../../../src/pipeline/regions/prior/loss-book.ts";
import { readPriorNetwork, writePriorNetwork } from "../../../../src/pipeline/regions/prior/network-file.ts";
import { initialPrior } from "../../../../src/pipeline/regions/prior/prior-network.ts";
import { lineOf } from "../../../../src/pipeline/regions/prior/records.ts";
import { learnNetwork } from "../../../../src/pipeline/workers/learning/learn-network.ts";
import type { LearningOrder } from "../../../../src/pipeline/workers/learning/protocol.ts";
import { invertedLaw, type LawOptions, made, picturesOf, recordsOf } from "../../regions/prior/law.ts";

let folder: string;
let order: LearningOrder;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "lrbot-learn-"));
  order = {
    ...{ made, book: join(folder, "losses"), day: "2026-11-29" },
    learned: join(folder, "mine", "region-network.safetensors"),
    packNetwork: null,
    out: join(folder, "mine", "region-network.safetensors"),
  };
});
afterEach(() => rm(folder, { recursive: true }));

async function keep(options: LawOptions): Promise<void> {
  const book = openLossBook({ folder: order.book, month: () => "2026-11" });
  for (const record of recordsOf(options)) await book.add(lineOf(record));
}

const learn = (change: Partial<LearningOrder> = {}) => learnNetwork({ ...order, ...change }, () => {});
const small = { boxes: 6 };

describe("learning from the losses that were kept", () => {
  it("says how many are missing, and what was dropped, where there are too few", async () => {
    await expect(learn()).rejects.toMatchObject({ code: "book-too-small", message: /at least 20.*got 0\.$/ });
    await keep({ pictures: 3, seed: 1, ...small });
    await writeFile(join(order.book, "2026-11-001.jsonl"), "torn\n");
    await expect(learn()).rejects.toMatchObject({ message: /got 3 \(and dropped: 1 corrupt\)\.$/ });
  });

  it("writes a network that says what made it, and goes on from it the next time", async () => {
    await keep({ pictures: 40, seed: 2, ...small });
    const first = await learn();
    expect(first).toMatchObject({ records: 40, start: "nothing", refusals: [] });
    const written = await readPriorNetwork(order.learned);
    expect(first.written).toEqual({ file: order.out, version: written.version, sha256: written.sha256 });
    expect(written).toMatchObject({ made, version: `${made}, learned 2026-11-29` });
    expect((await learn({ out: null })).start).toBe("learned");
  });

  it("writes nothing on a dry run, and nothing where it is refused", async () => {
    await keep({ pictures: 40, seed: 3, ...small });
    expect((await learn({ out: null })).written).toBeNull();
    await writePack();
    await rm(order.book, { recursive: true });
    await keep({ pictures: 40, seed: 4, law: invertedLaw, ...small });
    const answer = await learn({ packNetwork: join(folder, "pack.safetensors") });
    expect(answer).toMatchObject({ start: "pack", written: null });
    expect(answer.refusals).toContain("reference");
    expect(await readdir(folder)).not.toContain("mine");
  });

  it("does not begin from what was learned of another version, or cannot be read", async () => {
    await keep({ pictures: 40, seed: 5, ...small });
    const size = { features: featureNames.length, hidden: 2, members: 1 };
    const [picture] = picturesOf({ pictures: 1, seed: 1 });
    if (!picture) throw new Error("Expected a picture.");
    const other = join(folder, "other.safetensors");
    const weights = initialPrior(size, picture.own, 1);
    await writePriorNetwork(other, {
      weights,
      version: "x",
      made: "law 2 test",
      lossSpread: 0.2,
      reference: [],
    });
    expect((await learn({ learned: other, out: null })).start).toBe("nothing");
    await writeFile(other, "no weights");
    expect((await learn({ learned: other, out: null })).start).toBe("nothing");
  });
});

/** A pack's network that knows the law, with pictures that tell whether it was forgotten. */
async function writePack(): Promise<void> {
  await keep({ pictures: 40, seed: 3, ...small });
  await learn({ out: join(folder, "first.safetensors") });
  const { weights } = await readPriorNetwork(join(folder, "first.safetensors"));
  const reference = picturesOf({ pictures: 12, seed: 6, ...small });
  await writePriorNetwork(join(folder, "pack.safetensors"), {
    weights,
    version: "pack",
    made,
    lossSpread: 0.2,
    reference,
  });
}
