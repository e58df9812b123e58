import { EditError } from "../errors.ts";
import type { PackManifest } from "../packs/pack.ts";
import { methodsOf } from "../pipeline/editors/methods.ts";
import { type ChooserName, chooserNames, type MethodName, methodNames } from "../types.ts";

/** Ways to choose boxes that spend what they are given: `learned-14` is `learned` with the work of 14 full paintings. */
export type SpendingWay = ChooserName | "drafts" | "seeds";

/** Ways to choose boxes that need no budget; what each is stands in docs/eval.md. */
export const plainWays = [
  "all",
  "random-proposal",
  "middle",
  "random-anchor-random-size",
  "dino-anchor-random-size",
  "centre",
  "whole",
  "clip-map",
] as const;
export type PlainWay = (typeof plainWays)[number];

const spendingWays: readonly SpendingWay[] = [...chooserNames, "drafts", "seeds"];

/** A way to choose boxes, as `--choosers` names it. */
export interface ChooserSpec {
  readonly name: string;
  readonly way: SpendingWay | PlainWay;
  /** In full paintings; `null` where the way has none. */
  readonly budget: number | null;
}

/** What `--choosers all` stands for. The first is what the others are compared with. */
export const allChoosers = [
  ...["learned-14", "learned-9", "learned-11", "learned-28", "learned-56"],
  ...["process-14", "network-14", "paper-14", "paper-48", "drafts-14"],
  ...["all", "random-proposal", "middle", "random-anchor-random-size", "dino-anchor-random-size"],
  ...["centre", "whole", "clip-map", "seeds-14"],
];

/** Those that are also tried on pictures whose boxes are not all painted. */
export const mainChoosers: ReadonlySet<string> = new Set([
  ...["learned-14", "random-proposal", "middle", "random-anchor-random-size", "dino-anchor-random-size"],
  ...["centre", "whole", "clip-map"],
]);

/** What can be left out or changed, one thing at a time: Tables 3 to 5 of the paper, and what this project adds. */
export const ablationNames = [
  "losses",
  "proposals",
  "anchors",
  "spacing",
  "draft-steps",
  "estimators",
  "parts",
] as const;
export type AblationName = (typeof ablationNames)[number];

/**
 * Reads `--choosers`: names with commas between them, or `all`, which leaves out what the pack cannot serve.
 * @throws EditError `usage`; `method-unknown` where the pack cannot serve one that was named
 */
export function parseChoosers(text: string, manifest: PackManifest): ChooserSpec[] {
  if (text === "all") return allChoosers.map(chooserOf).filter(({ way }) => lackOf(way, manifest) === null);
  const specs = namesIn(text).map(chooserOf);
  for (const { name, way } of specs) {
    const lack = lackOf(way, manifest);
    if (lack !== null)
      throw new EditError(
        "method-unknown",
        `Expected ${lack} for the chooser ${name}, got pack ${manifest.name}.`,
      );
  }
  return specs;
}

function chooserOf(name: string): ChooserSpec {
  const plain = plainWays.find((way) => way === name);
  if (plain) return { name, way: plain, budget: null };
  const [, way, number] = /^([a-z]+)-(\d{1,5}(?:\.\d+)?)$/.exec(name) ?? [];
  const spending = spendingWays.find((one) => one === way);
  const budget = Number(number);
  if (spending && budget >= 2 && budget <= 10_000) return { name, way: spending, budget };
  throw new EditError(
    "usage",
    `Expected a chooser of --choosers to be ${plainWays.join(", ")}, or ${spendingWays.join(", ")} with its budget in full paintings (2 to 10000), such as learned-14, got ${JSON.stringify(name)}.`,
  );
}

function lackOf(way: ChooserSpec["way"], { source, inpainter }: PackManifest): string | null {
  if (way === "clip-map" && source === null)
    return "a pack whose CLIP names patches (source in its pack.json)";
  return inpainter === "instruct-pix2pix" ? "a pack that paints boxes" : null;
}

/**
 * Reads `--methods`: names with commas between them, `all` that the pack can serve, or `none`.
 * @throws EditError `usage`, `method-unknown`
 */
export function parseMethods(text: string, manifest: PackManifest): MethodName[] {
  const served = methodsOf(manifest);
  if (text === "all") return [...served];
  if (text === "none") return [];
  return namesIn(text).map((name) => {
    const method = methodNames.find((one) => one === name);
    if (!method)
      throw new EditError(
        "usage",
        `Expected a method of --methods to be ${methodNames.join(", ")}, got ${JSON.stringify(name)}.`,
      );
    if (served.includes(method)) return method;
    throw new EditError(
      "method-unknown",
      `Expected ${served.join(" or ")} of pack ${manifest.name}, got ${method}.`,
    );
  });
}

/**
 * Reads `--ablations`: names with commas between them, `all` or `none`.
 * @throws EditError `usage`; `method-unknown` of a pack that paints no boxes
 */
export function parseAblations(text: string, manifest: PackManifest): AblationName[] {
  if (text === "none") return [];
  if (manifest.inpainter === "instruct-pix2pix") {
    if (text === "all") return [];
    throw new EditError("method-unknown", `Expected a pack that paints boxes, got ${manifest.name}.`);
  }
  if (text === "all") return [...ablationNames];
  return namesIn(text).map((name) => {
    const found = ablationNames.find((one) => one === name);
    if (found) return found;
    throw new EditError(
      "usage",
      `Expected an ablation of --ablations to be ${ablationNames.join(", ")}, got ${JSON.stringify(name)}.`,
    );
  });
}

function namesIn(text: string): string[] {
  return [...new Set(text.split(",").map((name) => name.trim()))].filter(
    (name, _, all) => name !== "" || all.length === 1,
  );
}
