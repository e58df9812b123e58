import type { OfferedPack } from "../bots/intake/painter.ts";
import type { Config } from "../config.ts";
import { EditError } from "../errors.ts";
import { openPack } from "../packs/open.ts";
import type { Pack } from "../packs/pack.ts";
import { type Style, styledPack } from "../packs/styles.ts";
import { methodFor } from "../pipeline/editors/methods.ts";
import { remoteKindOf } from "../pipeline/inpainters/remote/kinds.ts";
import type { PackProbe } from "../pipeline/workers/probe/client.ts";
import type { MethodName } from "../types.ts";
import { type LanePlan, lanePlansOf } from "./lanes.ts";

/** All that jobs may be painted with, and where. */
export interface Painters {
  /** Each offered pack, and after it the same with each style that fits it; the first is taken where none is chosen. */
  readonly packs: readonly Pack[];
  readonly plans: readonly PackedPlan[];
  readonly offered: readonly OfferedPack[];
}

/** A lane, and what it can paint with. */
export interface PackedPlan extends LanePlan {
  readonly packs: readonly Pack[];
}

/**
 * Opens the packs that are offered, looks which styles fit which, and on which lanes each has room.
 * @throws EditError `pack-*`, `inpainter-unknown`, `workflow-invalid`; `pack-too-large` where no device has room for a pack;
 *   `method-unknown` where no pack serves a method; `usage` where a style fits no pack
 */
export async function openPainters(config: Config, probe: PackProbe): Promise<Painters> {
  const packs: Pack[] = [];
  for (const name of config.packs) packs.push(await openPack(name, { roots: config.packRoots }));
  const styled = await styledPacks(packs, config.styles, probe);
  const all = packs.flatMap((pack) => [pack, ...(styled.get(pack) ?? []).map((each) => each.pack)]);
  // Without a device of its own a bot leaves all to other hosts.
  const plans = config.lanes.length === 0 ? [] : await packedPlansOf(config, all, probe);
  for (const { server, packs: own } of plans)
    if (server)
      for (const { manifest } of own) await remoteKindOf(server).localCheck?.check(server, manifest.workflow);
  return {
    packs: all,
    plans,
    offered: packs.map((pack) => ({
      name: pack.manifest.name,
      styles: (styled.get(pack) ?? []).map(({ style }) => style.name),
      methods: methodsOf(pack, packs, config.methods, plans),
      takesStrength: !pack.manifest.painting.lacks.includes("strength"),
    })),
  };
}

/**
 * A lane for each device, or server, that one of the packs has work for and room on.
 * @throws EditError `inpainter-unknown`; `pack-too-large` where no device has room for a pack
 */
export async function packedPlansOf(
  config: Config,
  packs: readonly Pack[],
  probe: Pick<PackProbe, "room">,
): Promise<PackedPlan[]> {
  const plans = new Map<string, { readonly plan: LanePlan; readonly packs: Pack[] }>();
  for (const pack of packs) {
    const reasons: EditError[] = [];
    for (const plan of lanePlansOf(config, pack.manifest)) {
      const reason = plan.server ? null : await whyTooLarge(pack, plan.device, probe);
      if (reason) {
        reasons.push(reason);
        continue;
      }
      const lane = plans.get(plan.name) ?? { plan, packs: [] };
      lane.packs.push(pack);
      plans.set(plan.name, lane);
    }
    const isOffered = [...plans.values()].some(({ packs: own }) => own.includes(pack));
    if (!isOffered && reasons[0]) throw reasons[0];
  }
  return [...plans.values()].map(({ plan, packs: own }) => ({ ...plan, packs: own }));
}

/** Why a pack has no room on a device; `null` where it has, or nobody can say. @throws EditError of files that are damaged */
async function whyTooLarge(
  pack: Pack,
  device: string,
  probe: Pick<PackProbe, "room">,
): Promise<EditError | null> {
  if (!device.startsWith("cuda")) return null;
  try {
    await probe.room(pack, device);
    return null;
  } catch (error) {
    if (error instanceof EditError && error.code === "pack-too-large") return error;
    throw error;
  }
}

interface Styled {
  readonly style: Style;
  readonly pack: Pack;
}

/** By pack, the styles that fit it. @throws EditError `usage` where one fits none */
async function styledPacks(
  packs: readonly Pack[],
  styles: readonly Style[],
  probe: PackProbe,
): Promise<ReadonlyMap<Pack, readonly Styled[]>> {
  const found = new Map<Pack, Styled[]>(packs.map((pack) => [pack, []]));
  for (const style of styles) {
    const reasons: string[] = [];
    for (const base of packs) {
      const pack = styledPack(base, style);
      const reason = await whyUnfit(pack, probe);
      if (reason === null) found.get(base)?.push({ style, pack });
      else reasons.push(reason);
    }
    if (reasons.length === packs.length)
      throw new EditError(
        "usage",
        `Expected in LRBOT_STYLES a LoRA that fits one of the packs, got ${style.name}. ${reasons[0]}`,
      );
  }
  return found;
}

/** Of another family of networks, or of none. */
const unfitCodes: readonly string[] = [
  "lora-other-family",
  "network-unsupported",
  "weights-tensor-shape",
  "weights-tensor-missing",
];

/** Why a pack cannot be built with its style; `null` where it can. @throws EditError of a file that is missing or damaged */
export async function whyUnfit(pack: Pack, probe: PackProbe): Promise<string | null> {
  const { networks, name } = pack.manifest;
  if (networks.unet === null) return `Pack ${name} has no UNet that a LoRA could be added to.`;
  try {
    await probe.networks(pack);
    return null;
  } catch (error) {
    if (error instanceof EditError && unfitCodes.includes(error.code)) return error.message;
    throw error;
  }
}

/** The methods among those of the operator that a pack serves. @throws EditError `method-unknown` of one that none serves */
function methodsOf(
  pack: Pack,
  packs: readonly Pack[],
  methods: readonly MethodName[],
  plans: readonly PackedPlan[],
): readonly MethodName[] {
  const availableFor = (each: Pack) => {
    const own = plans.filter(({ packs: has }) => has.includes(each));
    return own.length > 0
      ? own.map(({ server }) => server?.kind ?? each.manifest.inpainter)
      : [each.manifest.inpainter];
  };
  const require = (method: MethodName, each: Pack) => {
    for (const available of availableFor(each)) methodFor({ method }, each.manifest, available);
  };
  const serves = (method: MethodName, each: Pack): boolean => {
    try {
      require(method, each);
      return true;
    } catch {
      return false;
    }
  };
  for (const method of methods) if (!packs.some((each) => serves(method, each))) require(method, pack);
  return methods.filter((method) => serves(method, pack));
}
