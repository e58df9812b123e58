import type { PackManifest } from "../../packs/pack.ts";
import type {
  Anchor,
  AnchorOrigin,
  EditRequest,
  EditResult,
  Losses,
  MethodName,
  StructureNorm,
} from "../../types.ts";
import type { Warning } from "../../warnings.ts";
import type { Cache } from "../cache.ts";
import type { Size } from "../image/framing.ts";
import type { GridMask, Picture } from "../image/picture.ts";
import type { Painting, PaintingRequest } from "../inpainters/inpainter.ts";
import type { AnchorOptions } from "../regions/anchors.ts";
import type { RegionChooser } from "../regions/choosers/chooser.ts";
import type { PlaceCost } from "../regions/place-cost.ts";
import type { Place } from "../regions/proposals.ts";
import type { Patches } from "./patches.ts";
import type { Scorer } from "./scores.ts";
import type { CompleteSettings } from "./settings.ts";

/** What an edit is made with: the networks of a pack (`networks.ts`), or stand-ins that load none (`simulated.ts`). */
export interface EditParts {
  readonly manifest: PackManifest;
  /** The inpainter that a person may ask for. */
  readonly available: string;
  /** The inpainter as the result states it. */
  readonly inpainter: string;
  /** Whether the inpainter is shown a reference where there is one. */
  readonly takesReference: boolean;
  /** As the result states it: `cpu`, `cuda:0`, `simulated:3`. */
  readonly device: string;
  /** A draft's pixels over those of a full painting, above 0 to 1. */
  readonly draftShare: number;
  /** Losses of drafts, kept between edits; whoever puts one in gives a key of all that it hangs on. */
  readonly losses: Pick<Cache<Losses>, "get" | "set">;
  /** A text as the networks are given it. */
  read(prompt: string): { readonly text: string; readonly warnings: readonly Warning[] };
  /** Step 1. `sha256` is the picture's. */
  see(picture: Picture, sha256: string): Promise<SeenPicture>;
  /** Opens the inpainter for one edit, step 6; drafts are painted by the same. */
  paint(options: PaintOptions): Promise<EditPatches>;
}

/** The patches of one edit. */
export interface EditPatches extends Patches, Pick<Painting, "painted">, AsyncDisposable {
  /** Where a method that edits the whole picture decided to, once it has painted. */
  readonly decided?: GridMask | null;
}

export interface PaintOptions {
  readonly picture: Picture;
  /** The picture's. */
  readonly sha256: string;
  readonly request: PaintingRequest & { readonly steps: number };
  readonly method: MethodName;
  /** What the picture shows where it is to be changed, as the result states it; empty where nobody knows. */
  readonly source: string;
  readonly signal: AbortSignal;
}

/** A picture after step 1. */
export interface SeenPicture {
  /** `[row][column]`, one value a patch. */
  readonly attention: readonly (readonly number[])[];
  /** T_ROI and the embeddings that hang on it. */
  compare(options: CompareOptions): Promise<Comparison>;
}

export interface CompareOptions {
  readonly request: Pick<EditRequest, "source" | "box">;
  /** As `EditParts.read` gave it. */
  readonly prompt: string;
  /** As `Comparison.findAnchors` will be asked for them. */
  readonly anchors: AnchorOptions;
}

/** A picture and the texts that it is compared with. */
export interface Comparison {
  /** T_ROI: the noun that is replaced. */
  readonly source: EditResult["source"];
  readonly warnings: readonly Warning[];
  /**
   * Step 2: at most so many. Where T_ROI lies, if that is known and asked for, then by attention, strongest first;
   * `spacing` in pixels, see `findAnchors`.
   */
  findAnchors(options: AnchorOptions & { readonly from: AnchorOrigin }): readonly (Anchor & Place)[];
  /** The network that says from the start what to expect of boxes, where the chooser asks one. */
  network(settings: CompleteSettings): EditResult["network"];
  /** What a box costs for where it lies, besides its losses; nothing where the anchors are the paper's. */
  placeCost(from: AnchorOrigin): PlaceCost;
  /** Step 4: how each anchor's box is chosen. */
  chooser(settings: CompleteSettings, picture: Size): Promise<RegionChooser>;
  /** Steps 5 and 7: how paintings are scored. */
  scorer(structureNorm: StructureNorm): Scorer;
}
