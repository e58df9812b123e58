import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { EditError } from "../../../errors.ts";
import { diskFailure } from "../../../packs/write-file.ts";
import { fewestPictures, learnFromBook } from "../../regions/prior/learn-from-book.ts";
import { openLossBook } from "../../regions/prior/loss-book.ts";
import {
  type PriorNetworkFile,
  readLearnedNetwork,
  readPriorNetwork,
  writePriorNetwork,
} from "../../regions/prior/network-file.ts";
import { siftRecords } from "../../regions/prior/records.ts";
import { usualSpread } from "../../regions/prior/train-prior.ts";
import type { LearningAnswer, LearningOrder } from "./protocol.ts";

/**
 * Learns from a loss book on disk, and writes the network unless it is refused.
 * @throws EditError `book-too-small`; `weights-*`, `network-unsupported` of the pack's network; `disk-full`,
 *   `output-unwritable`
 */
export async function learnNetwork(
  order: LearningOrder,
  onEpoch: (epoch: number, epochs: number) => void,
): Promise<LearningAnswer> {
  const { made, out, day } = order;
  const book = openLossBook({ folder: order.book, month: () => day.slice(0, 7) });
  const { pictures, dropped } = siftRecords(await book.lines(), made);
  if (pictures.length < fewestPictures) {
    const others = Object.entries(dropped).flatMap(([reason, count]) =>
      count > 0 ? `${count} ${reason}` : [],
    );
    const rest = others.length === 0 ? "" : ` (and dropped: ${others.join(", ")})`;
    throw new EditError(
      "book-too-small",
      `Expected losses of at least ${fewestPictures} edits of ${made} in ${order.book}, got ${pictures.length}${rest}.`,
    );
  }
  const own = order.packNetwork === null ? null : await readPriorNetwork(order.packNetwork);
  const learned = await learnedNetwork(order);
  const { weights, ...found } = await learnFromBook({
    pictures,
    start: (learned ?? own)?.weights ?? null,
    reference: own?.reference ?? [],
    seed: 1,
    onEpoch,
  });
  const network = {
    weights,
    version: `${made}, learned ${day}`,
    made,
    lossSpread: usualSpread(pictures),
    reference: [],
  };
  return {
    records: pictures.length,
    dropped,
    start: learned ? "learned" : own ? "pack" : "nothing",
    ...found,
    written: out === null || found.refusals.length > 0 ? null : await write(out, network),
  };
}

/** One of another pack's version, or that cannot be read, is no start. */
async function learnedNetwork({ learned, made }: LearningOrder): Promise<PriorNetworkFile | null> {
  return await readLearnedNetwork(learned, made).catch((error: unknown) => {
    if (error instanceof EditError) return null;
    throw error;
  });
}

async function write(file: string, network: PriorNetworkFile): Promise<LearningAnswer["written"]> {
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    await writePriorNetwork(file, network);
  } catch (error) {
    throw diskFailure(file, error);
  }
  const { version, sha256 } = await readPriorNetwork(file);
  return { file, version, sha256 };
}
