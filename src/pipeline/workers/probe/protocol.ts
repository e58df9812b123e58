import { z } from "zod";
import { type ErrorCode, errorCodes } from "../../../errors.ts";
import type { Pack } from "../../../packs/pack.ts";
import type { SigningFiles } from "../../../types.ts";

/** What is to be looked at. Nothing is edited. */
export type ProbeOrder =
  | {
      /** Whether the native libraries load, the networks of the pack too, and the devices are there. */
      readonly kind: "native-parts";
      readonly pack: string;
      readonly roots: readonly string[];
      readonly devices: readonly string[];
    }
  /** Whether the networks of a pack are such as can be built: `checkPack`; else by its small files, `checkConfigurations`. */
  | { readonly kind: "networks"; readonly pack: Pack; readonly isWhole: boolean }
  /** Whether a pack and its runs fit a card: `requireFits`. */
  | { readonly kind: "room"; readonly pack: Pack; readonly device: string }
  /** Whether a folder holds a model that tells unsafe pictures: `checkSafetyModel`. */
  | { readonly kind: "safety-model"; readonly folder: string }
  /** Whether results can be signed with these files: `checkSigner`. */
  | { readonly kind: "signing"; readonly files: SigningFiles }
  /** Whether a file holds a network that edits of a pack could start from. */
  | { readonly kind: "learned-network"; readonly file: string; readonly made: string };

/** What was found of one native part. */
export interface ProbeFinding {
  /** `sharp`, `tensorflow`, `onnxruntime`, `networks of` and a pack's name, or `device` and its name. */
  readonly check: string;
  readonly isOk: boolean;
  /** Of what was thrown, where it had one. */
  readonly code: ErrorCode | null;
  readonly says: string;
}

export const probeFindingSchema: z.ZodType<ProbeFinding> = z.object({
  check: z.string(),
  isOk: z.boolean(),
  code: z.enum(errorCodes).nullable(),
  says: z.string(),
});
