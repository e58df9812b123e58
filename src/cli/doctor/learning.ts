import type { Config } from "../../config.ts";
import { EditError } from "../../errors.ts";
import { describePack } from "../../packs/open.ts";
import { openLossBook } from "../../pipeline/regions/prior/loss-book.ts";
import { learningPlaces, madeBy } from "../../pipeline/regions/prior/places.ts";
import { type ProbeCall, probeLearnedNetwork } from "../../pipeline/workers/probe/client.ts";
import { painterOf } from "../painter.ts";
import type { Finding } from "./finding.ts";

/** What edits of the configured pack start from, and whether their losses are kept. Nothing of it stops an edit. */
export async function learningFindings(config: Config, call: ProbeCall): Promise<Finding[]> {
  const { pack: name, packRoots: roots, dataFolder, keepsLosses } = config;
  const described = await describePack(name, { roots }).catch(() => null);
  if (described === null) return [];
  const { manifest } = described;
  const places = learningPlaces(dataFolder, name);
  const bytes = await openLossBook({ folder: places.losses, month: () => "" }).size();
  const kept = `${(bytes / 1e6).toFixed(1)} MB of losses`;
  const keeping = keepsLosses ? `${kept} are kept.` : `LRBOT_LEARN is off, ${kept} are there.`;
  const check = "learning";
  const own = manifest.regionNetwork === null ? "nothing" : "the pack's own network";
  try {
    await probeLearnedNetwork(
      { file: places.network, made: madeBy(manifest, painterOf(config, manifest)) },
      call,
    );
    return [{ check, state: "ok", says: `Edits start from ${places.network}. ${keeping}`, mend: null }];
  } catch (error) {
    if (!(error instanceof EditError) || error.code === "cancelled") throw error;
    if (error.code === "pack-file-missing")
      return [{ check, state: "ok", says: `Edits start from ${own}. ${keeping}`, mend: null }];
    const says = `${error.message} Edits start from ${own} meanwhile. ${keeping}`;
    return [{ check, state: "note", says, mend: "lrbot learn, or lrbot learn --reset" }];
  }
}
