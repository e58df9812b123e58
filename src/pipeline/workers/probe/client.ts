import { z } from "zod";
import type { Pack } from "../../../packs/pack.ts";
import type { SigningFiles } from "../../../types.ts";
import { type ChildOptions, callChild, createChild, type ProcessOptions } from "../child.ts";
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

/** A process that looks at packs, one or several times: started at the first look. */
export interface PackProbe extends AsyncDisposable {
  /** Whether a pack's networks can be built. @throws EditError as `checkPack`; `cancelled`, `worker-died` */
  networks(pack: Pack): Promise<void>;
  /** The same by the pack's small files alone. @throws EditError as `checkConfigurations`; `cancelled`, `worker-died` */
  configurations(pack: Pack): Promise<void>;
  /** Whether it fits a device. @throws EditError as `requireFits`; `cancelled`, `worker-died` */
  room(pack: Pack, device: string): Promise<void>;
}

export function openPackProbe({ signal, ...options }: ProbeCall): PackProbe {
  const child = createChild<ProbeOrder, ProbeFinding, null>(
    probeOptions("the networks to be looked at", options),
  );
  const kill = () => child.kill();
  signal?.addEventListener("abort", kill);
  const look = async (order: ProbeOrder) => {
    try {
      await child.call(order, { ...(signal && { signal }) });
    } finally {
      signal?.throwIfAborted();
    }
  };
  return {
    networks: (pack) => look({ kind: "networks", pack, isWhole: true }),
    configurations: (pack) => look({ kind: "networks", pack, isWhole: false }),
    room: (pack, device) => look({ kind: "room", pack, device }),
    async [Symbol.asyncDispose]() {
      signal?.removeEventListener("abort", kill);
      await child[Symbol.asyncDispose]();
    },
  };
}

/** Looks at a safety model's files. @throws EditError as `checkSafetyModel`; `cancelled`, `worker-died` */
export async function probeSafetyModel(folder: string, call: ProbeCall): Promise<void> {
  await probe({ kind: "safety-model", folder }, "the safety model to be looked at", call);
}

/** Signs a tiny picture and reads it back. @throws EditError `signing-invalid`; `cancelled`, `worker-died` */
export async function probeSigning(files: SigningFiles, call: ProbeCall): Promise<void> {
  await probe({ kind: "signing", files }, "the key and its certificates to be looked at", call);
}

/**
 * Looks whether edits could start from a network that was learned.
 * @throws EditError `pack-file-missing` where there is none, `network-unsupported` where others made it; `weights-*`; `cancelled`,
 *   `worker-died`
 */
export async function probeLearnedNetwork(
  network: Omit<ProbeOrder & { kind: "learned-network" }, "kind">,
  call: ProbeCall,
): Promise<void> {
  await probe({ kind: "learned-network", ...network }, "the learned network to be looked at", call);
}

async function probe(
  order: ProbeOrder,
  result: string,
  { signal, ...options }: ProbeCall,
  onEvent: (finding: ProbeFinding) => void = () => {},
): Promise<void> {
  await callChild<ProbeOrder, ProbeFinding, null>(probeOptions(result, options), order, {
    onEvent,
    ...(signal && { signal }),
  });
}

function probeOptions(result: string, options: ProcessOptions): ChildOptions<ProbeFinding, null> {
  return {
    ...options,
    file: "probe/entry.js",
    event: probeFindingSchema,
    answer: z.null(),
    expected: { result, answer: `${result}, got the end of its process` },
  };
}
