import { packNameOf, readPackName } from "../../pack-name.ts";
import type { MethodName } from "../../types.ts";
import { Refusal } from "../refusal.ts";

/** A pack that members may choose, and what goes with it. */
export interface OfferedPack {
  readonly name: string;
  /** Those that fit its networks. */
  readonly styles: readonly string[];
  /** Those of the operator's that it serves, the first where none is chosen; none: its own. */
  readonly methods: readonly MethodName[];
  /** What paints for it takes a strength; where it does not, it paints all of a box anew. */
  readonly takesStrength: boolean;
}

/** What an edit is painted with. */
export interface Painter {
  /** With its style, as `packNameOf` writes it. */
  readonly pack: string;
  /** `null`: the pack's own. */
  readonly method: MethodName | null;
}

/**
 * What was chosen, where it goes together. The first pack is taken where none is chosen; one that is not offered any more is what a
 * job of before was painted with, and gives way to the first.
 * @throws Refusal `style-unfit`, `choice-not-offered`
 */
export function painterOf(
  chosen: {
    readonly pack: string | null;
    readonly style: string | null;
    readonly method: MethodName | null;
    /** As it was chosen, where less than all is to change. */
    readonly strength: string | null;
  },
  packs: readonly OfferedPack[],
): Painter {
  const { style } = chosen;
  const pack = packs.find(({ name }) => name === chosen.pack) ?? packs[0];
  if (!pack) throw new RangeError("Expected a pack that is offered, got none.");
  if (style !== null && !pack.styles.includes(style)) {
    const others = packs.filter(({ styles }) => styles.includes(style)).map(({ name }) => name);
    throw new Refusal(
      { code: "style-unfit", option: "style", style, pack: pack.name, packs: others },
      `Expected a style of pack ${pack.name}, got ${style}, which is one of ${others.join(", ")}.`,
    );
  }
  if (chosen.strength !== null && !pack.takesStrength) {
    throw new Refusal(
      { code: "choice-not-offered", option: "strength", got: chosen.strength, choices: [] },
      `Expected no strength with pack ${pack.name}, which paints all of a box anew, got ${chosen.strength}.`,
    );
  }
  const method = chosen.method ?? pack.methods[0] ?? null;
  if (chosen.method !== null && !pack.methods.includes(chosen.method)) {
    throw new Refusal(
      { code: "choice-not-offered", option: "method", got: chosen.method, choices: pack.methods },
      `Expected one of ${pack.methods.join(", ")} with pack ${pack.name}, got ${chosen.method}.`,
    );
  }
  return { pack: packNameOf({ pack: pack.name, style }), method };
}

/** The pack that a job was painted with, without its style. */
export function packOf(request: { readonly pack: string }): string {
  return readPackName(request.pack).pack;
}
