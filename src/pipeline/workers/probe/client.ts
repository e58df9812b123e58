import { z } from "zod";
import type { Pack } from "../../../packs/pack.ts";
import { callChild, type ProcessOptions } from "../child.ts";
import { type ProbeFinding, type ProbeOrder, probeFindingSchema } from "./protocol.ts";

export type { ProbeFinding } from "./protocol.ts";

export interface ProbeCall extends ProcessOptions {
  /** Ends the process at once. */
  readonly signal?: AbortSignal;
}

/**
 * Loads what is native or large in a process of its own, part by part, and tells what it finds of each.
 * @throws EditError `worker-died` where a part took the process with it; `cancelled`
 */
export async function probeNativeParts(
  parts: Omit<ProbeOrder & { kind: "native-parts" }, "kind">,
  { onFinding, ...call }: ProbeCall & { readonly onFinding: (finding: ProbeFinding) => void },
): Promise<void> {
  await probe({ kind: "native-parts", ...parts }, "the check of native parts to finish", call, onFinding);
}

/** Looks whether a pack's networks can be built. @throws EditError as `checkPack`; `cancelled`, `worker-died` */
export async function probeNetworks(pack: Pack, call: ProbeCall): Promise<void> {
  await probe({ kind: "networks", pack, isWhole: true }, "the networks to be looked at", call);
}

/** The same by the pack's small files alone. @throws EditError as `checkConfigurations`; `cancelled`, `worker-died` */
export async function probeConfigurations(pack: Pack, call: ProbeCall): Promise<void> {
  await probe({ kind: "networks", pack, isWhole: false }, "the configurations to be looked at", call);
}

/** Looks at a safety model's files. @throws EditError as `checkSafetyModel`; `cancelled`, `worker-died` */
export async function probeSafetyModel(folder: string, call: ProbeCall): Promise<void> {
  await probe({ kind: "safety-model", folder }, "the safety model to be looked at", call);
}

async function probe(
  order: ProbeOrder,
  result: string,
  { signal, ...options }: ProbeCall,
  onEvent: (finding: ProbeFinding) => void = () => {},
): Promise<void> {
  await callChild<ProbeOrder, ProbeFinding, null>(
    {
      ...options,
      file: "probe/entry.js",
      event: probeFindingSchema,
      answer: z.null(),
      expected: { result, answer: `${result}, got the end of its process` },
    },
    order,
    { onEvent, ...(signal && { signal }) },
  );
}
