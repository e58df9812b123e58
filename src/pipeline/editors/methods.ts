import { EditError } from "../../errors.ts";
import type { PackManifest } from "../../packs/pack.ts";
import type { EditSettings, MethodName } from "../../types.ts";

/** What whatever paints boxes can serve. */
const ownWay: readonly MethodName[] = ["regions"];

/** Methods of networks that can do something else than paint boxes; the first is what they do where none is asked for. */
const methodsByInpainter: Readonly<Partial<Record<PackManifest["inpainter"], readonly MethodName[]>>> = {
  "stable-diffusion": [
    ...ownWay,
    "diffedit",
    "negative-prompt",
    "null-text",
    "masactrl",
    "masactrl-mask",
    "plug-and-play",
  ],
  "instruct-pix2pix": ["instruct-pix2pix"],
};

/** Methods that a pack can serve; where a server paints in its place, the paper's alone. */
export function methodsOf(
  { inpainter, networks }: PackManifest,
  available: string = inpainter,
): readonly MethodName[] {
  // Those that edit the whole picture are built for a denoiser that is told nothing beside the text's states.
  if (networks.textEncoder2 !== null) return ownWay;
  return (available === inpainter && methodsByInpainter[inpainter]) || ownWay;
}

/** What each method needs of a pack, for messages. */
const needs: Readonly<Record<MethodName, string>> = {
  regions: "an inpainter",
  "instruct-pix2pix":
    "a UNet of 8 channels that was trained on instructions, such as that of pack instruct-pix2pix",
  diffedit: "a Stable Diffusion 1 or 2 of its own",
  "negative-prompt": "a Stable Diffusion 1 or 2 of its own",
  "null-text": "a Stable Diffusion 1 or 2 of its own",
  masactrl: "a Stable Diffusion 1 or 2 of its own",
  "masactrl-mask": "a Stable Diffusion 1 or 2 of its own",
  "plug-and-play": "a Stable Diffusion 1 or 2 of its own",
};

/**
 * The method of an edit: what was asked for, or the pack's own.
 * @throws EditError `method-unknown`, naming what is missing
 */
export function methodFor(
  settings: Pick<EditSettings, "method">,
  manifest: PackManifest,
  available: string,
): MethodName {
  const methods = methodsOf(manifest, available);
  const [own = "regions"] = methods;
  const method = settings.method ?? own;
  if (methods.includes(method)) return method;
  throw new EditError(
    "method-unknown",
    `Expected ${methods.join(" or ")} of pack ${manifest.name}, got ${method}, which needs ${needs[method]}.`,
  );
}

/** Methods that turn the picture into noise, and the fewest steps in which they do something. */
const inverting: Readonly<Partial<Record<MethodName, number>>> = {
  diffedit: 2,
  "negative-prompt": 1,
  "null-text": 1,
  // What they take from the picture begins at the fifth step, or is taken in so many shares of the steps.
  masactrl: 5,
  "masactrl-mask": 5,
  "plug-and-play": 2,
};

/**
 * Sampling steps: those that were asked for, or else enough, since an inversion is off by more, the longer its steps.
 * @throws EditError `setting-out-of-range` where a method would do nothing in so few
 */
export function stepsOf(method: MethodName, { painting }: PackManifest, asked: number | null): number {
  const least = inverting[method];
  if (asked === null) return least === undefined ? painting.steps : Math.max(painting.steps, 50);
  if (least === undefined || asked >= least) return asked;
  throw new EditError(
    "setting-out-of-range",
    `Expected at least ${least} steps for ${method}, got ${asked}.`,
    {
      setting: "steps",
    },
  );
}

/** Whether a method opens more than the pack's networks, which takes as long as these. */
export function opensMore(method: MethodName): boolean {
  return ["null-text", "masactrl", "masactrl-mask", "plug-and-play"].includes(method);
}
