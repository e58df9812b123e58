import { z } from "zod";
import type { Pack } from "../../../packs/pack.ts";

/** What is to be looked at. Nothing is edited. */
export type ProbeOrder =
  | {
      /** Whether the native libraries load, the networks of the pack too, and the devices are there. */
      readonly kind: "native-parts";
      readonly pack: string;
      readonly roots: readonly string[];
      readonly devices: readonly string[];
    }
  /** Whether the networks of a pack are such as can be built: `checkNetworks`. */
  | { readonly kind: "networks"; readonly pack: Pack }
  /** Whether a folder holds a model that tells unsafe pictures: `checkSafetyModel`. */
  | { readonly kind: "safety-model"; readonly folder: string };

/** What was found of one native part. */
export interface ProbeFinding {
  /** `sharp`, `tensorflow`, `onnxruntime`, or `device` and its name. */
  readonly check: string;
  readonly isOk: boolean;
  readonly says: string;
}

export const probeFindingSchema: z.ZodType<ProbeFinding> = z.object({
  check: z.string(),
  isOk: z.boolean(),
  says: z.string(),
});
