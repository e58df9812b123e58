import type { PackManifest } from "../../packs/pack.ts";
import type { Box } from "../../types.ts";
import { warning } from "../../warnings.ts";
import type { Size } from "../image/framing.ts";
import { frameFor } from "../image/framing.ts";
import { required } from "../nets/required.ts";
import { cosine } from "../regions/losses.ts";
import { sourceEvidence } from "../regions/source/evidence.ts";
import { mapNouns, type NounMap, nounShares, planeOf } from "../regions/source/noun-map.ts";
import { resizeMap } from "../regions/source/resize-map.ts";
import { findThings } from "../regions/source/things.ts";
import { type PictureFeatures, viewPictures } from "./features.ts";
import {
  cutOut,
  findSource,
  foundSource,
  nounEmbeddingsOf,
  nounIn,
  type Source,
  type SourceOptions,
} from "./source-noun.ts";

/** T_ROI, and where it lies. */
export interface LocatedSource extends Source {
  /** Boxes of the things that the noun names, the clearest first; none where that is not known. */
  readonly things: readonly Box[];
}

export interface LocateOptions extends SourceOptions {
  readonly features: PictureFeatures;
  /** CLIP's embedding of a text, as it is given to the network. */
  embed(noun: string): Promise<Float32Array>;
}

/** Things of one name that get an anchor each. */
const mostThings = 2;

/** The crop that is to confirm a noun is a square with sides of so many times the thing's longer one. */
const cropGrowth = 1.25;

/**
 * T_ROI and where it lies, where the pack's CLIP names patches (`source` in its manifest); as `findSource` has it
 * otherwise. A found noun is the one with the largest share of what draws attention. Its confidence is that share times the
 * noun's probability in a crop around the thing, so of two things either is a guess. Where that crop is not like the noun,
 * the picture shows nothing that the pack has a name for.
 */
export async function locateSource(options: LocateOptions): Promise<LocatedSource> {
  const { request, models } = options;
  const known = models.pack.manifest.source;
  if (known === null) return { ...(await findSource(options)), things: [] };
  if (request.source !== null) return await locateGiven(request.source, known, options);
  if (request.box !== null) {
    const found = await nounIn(request.box, options);
    return found.cosine < known.threshold
      ? unknown
      : { ...foundSource(found, known.certainFrom), things: [] };
  }
  return await locateFound(known, options);
}

type Known = NonNullable<PackManifest["source"]>;

const unknown: LocatedSource = {
  text: "",
  from: "none",
  confidence: 0,
  warnings: [warning("source-unknown", {})],
  things: [],
};

async function locateFound(known: Known, options: LocateOptions): Promise<LocatedSource> {
  const seen = await clearestNoun(known, options);
  if (seen === null || seen.cosine < known.threshold) return unknown;
  const { text, share, probability, things } = seen;
  return { ...foundSource({ text, confidence: share * probability }, known.certainFrom), things };
}

/** The noun that draws most attention, whether or not the picture shows it. */
export interface ClearestNoun {
  readonly text: string;
  /** Its share of what draws attention, 0 to 1. */
  readonly share: number;
  /** Its zero-shot probability in a crop around the first thing, 0 to 1, and CLIP's cosine of that crop with it. */
  readonly probability: number;
  readonly cosine: number;
  /** At least one. */
  readonly things: readonly Box[];
}

/** Finds the noun with the largest share of what draws attention; `null` where nothing looks like a thing. */
export async function clearestNoun(
  { temperature }: Pick<Known, "temperature">,
  options: Pick<LocateOptions, "models" | "picture" | "features" | "nouns">,
): Promise<ClearestNoun | null> {
  const { models, picture, features } = options;
  const embeddings = await nounEmbeddingsOf(models, options.nouns);
  const map = mapNouns(features.clip.patchEmbeds, embeddings, models.clip.logitScale / temperature);
  const [, rows = 0, columns = 0] = map.cosines.shape;
  const shares = nounShares(map, resizeMap(features.attention, rows, columns));
  const share = Math.max(...shares);
  const noun = shares.indexOf(share);
  const things = thingsOf(map, noun, options);
  const [thing] = things;
  if (!thing) return null;
  const { ranked } = await nounIn(cropAround(thing, picture), options);
  const text = required(models.nouns[noun], "a noun of the pack");
  const { probability, cosine } = required(
    ranked.find((one) => one.text === text),
    "a probability for each noun",
  );
  return { text, share, probability, cosine, things };
}

/** A noun that a person gives is not doubted; only where it lies may not be known. */
async function locateGiven(text: string, known: Known, options: LocateOptions): Promise<LocatedSource> {
  const { models, picture, features, embed } = options;
  const given = await embed(text);
  const others = await nounEmbeddingsOf(models, options.nouns);
  const alike = others.filter((other) => cosine(other, given) < almostSame);
  const map = mapNouns(
    features.clip.patchEmbeds,
    [given, ...alike],
    models.clip.logitScale / known.temperature,
  );
  const things = thingsOf(map, 0, options);
  const [thing] = things;
  const source = { text, from: "given", confidence: 1, warnings: [] } as const;
  if (!thing) return { ...source, things: [] };
  const [view] = await viewPictures(models, [cutOut(picture, cropAround(thing, picture))]);
  const isSeen = view && cosine(view.embedding, given) >= known.threshold - givenAllowance;
  return { ...source, things: isSeen ? things : [] };
}

/** What a person says is there may look that much less like its name. */
const givenAllowance = 0.05;

/** A noun of the pack that is the given one, or as good as it, is not set against it. */
const almostSame = 0.95;

function thingsOf(
  { cosines, probabilities }: NounMap,
  noun: number,
  { picture, features: { patchFeatures } }: Pick<LocateOptions, "picture" | "features">,
): Box[] {
  const evidence = sourceEvidence({
    cosines: planeOf(cosines, noun),
    probabilities: planeOf(probabilities, noun),
    patchFeatures,
  });
  return findThings(evidence, picture, mostThings);
}

function cropAround(thing: Box, picture: Size): Box {
  return frameFor(thing, picture, { boxShare: 1 / cropGrowth });
}
