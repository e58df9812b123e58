import { join } from "node:path";
import { EditError } from "../../errors.ts";
import type { Pack } from "../../packs/pack.ts";
import { type LossBook, openLossBook } from "../regions/prior/loss-book.ts";
import {
  type PriorNetworkFile,
  readLearnedNetwork,
  readPriorNetwork,
} from "../regions/prior/network-file.ts";
import { learningPlaces, madeBy } from "../regions/prior/places.ts";

/** What an edit of the past may teach one of the future, and where it is kept. */
export interface LearningOptions {
  /** Of the data folder, absolute; `null` where nothing is learned or kept. */
  readonly folder: string | null;
  /** Losses of edits are kept. */
  readonly keeps: boolean;
}

/** What edits of one pack begin with, and leave behind. */
export interface EditLearning {
  /** `null`: every box is expected to be like any other. */
  readonly network: StartingNetwork | null;
  /** `null` keeps nothing. */
  readonly book: LossBook | null;
  /** As records of the book state it. */
  readonly made: string;
}

export type StartingNetwork = Pick<PriorNetworkFile, "weights" | "version" | "lossSpread"> & {
  readonly sha256: string;
};

/**
 * The network that `lrbot learn` wrote where it is of this pack, its version and painter, else the pack's own. One that is
 * of others, or cannot be read, is told in the log and not used: it must not stop edits.
 * @param inpainter what paints
 * @param month gives today's, `2026-11`
 * @throws EditError `weights-*`, `network-unsupported`, `pack-file-missing` of the pack's own
 */
export async function openEditLearning(
  pack: Pack,
  { folder, keeps }: LearningOptions,
  { inpainter, month }: { readonly inpainter: string; readonly month: () => string },
): Promise<EditLearning> {
  const made = madeBy(pack.manifest, inpainter);
  const places = folder === null ? null : learningPlaces(folder, pack.manifest.name);
  const learned = places === null ? null : await learnedNetwork(places.network, made);
  return {
    network: learned ?? (await packNetwork(pack)),
    book: places !== null && keeps ? openLossBook({ folder: places.losses, month }) : null,
    made,
  };
}

/** The network that a pack names, or none. @throws EditError as `readPriorNetwork` */
export async function packNetwork({ manifest, folder }: Pack): Promise<StartingNetwork | null> {
  const { regionNetwork } = manifest;
  return regionNetwork === null ? null : await readPriorNetwork(join(folder, regionNetwork));
}

async function learnedNetwork(file: string, made: string): Promise<StartingNetwork | null> {
  try {
    return await readLearnedNetwork(file, made);
  } catch (error) {
    if (!(error instanceof EditError)) throw error;
    if (error.code !== "pack-file-missing") console.error(error);
    return null;
  }
}
