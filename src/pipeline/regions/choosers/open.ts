import type { ChooserName, Estimator } from "../../../types.ts";
import type { Size } from "../../image/framing.ts";
import type { Tensor } from "../../nets/tensor.ts";
import { type PlaceCost, withPlaceCost } from "../place-cost.ts";
import type { RegionChooser } from "./chooser.ts";
import { createProcessChooser, type ProcessOptions } from "./process.ts";

/** What choosers may look at besides the losses of drafts. */
export interface ChooserSources {
  /** F of the ViT, `[d, h, w]`. */
  readonly patchFeatures: Tensor;
  /** Of the upright picture, in pixels. */
  readonly picture: Size;
  readonly estimator: Estimator;
  /** What each box costs beside its loss. */
  readonly placeCost: PlaceCost;
  /** What a network that was trained before expects; `undefined` or left out where there is none. */
  readonly expect?: ProcessOptions["expect"];
}

/** Opens the chooser of a name, which counts what places cost with their losses. TensorFlow.js is loaded by those alone that need it. */
export function openChooser(name: ChooserName, sources: ChooserSources): Promise<RegionChooser> {
  return openers[name](sources);
}

/** A chooser's line. What needs TensorFlow.js is loaded with `import()`. */
const openers: Record<ChooserName, (sources: ChooserSources) => Promise<RegionChooser>> = {
  learned: async ({ expect, placeCost }) => createProcessChooser({ name: "learned", expect, placeCost }),
  process: async ({ placeCost }) => createProcessChooser({ name: "process", placeCost }),
  network: async (sources) => {
    const { createNetworkChooser } = await import("./network.ts");
    return withPlaceCost(
      createNetworkChooser({ ...sources, backend: await loadBackend() }),
      sources.placeCost,
    );
  },
  paper: async (sources) => {
    const { createPaperChooser } = await import("./paper.ts");
    return withPlaceCost(createPaperChooser({ ...sources, backend: await loadBackend() }), sources.placeCost);
  },
};

async function loadBackend() {
  const learning = await import("../learning/backend.ts");
  return learning.loadBackend();
}
