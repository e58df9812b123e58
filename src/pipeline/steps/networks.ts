import type { AnchorOrigin, EditResult, Losses } from "../../types.ts";
import { type Cache, createCache } from "../cache.ts";
import { createWholePainting } from "../editors/whole-painting.ts";
import type { Models } from "../models.ts";
import { findAnchors, liesIn, middleOf, placeAnchors } from "../regions/anchors.ts";
import { openChooser } from "../regions/choosers/open.ts";
import { createPlaceCost } from "../regions/place-cost.ts";
import { createBoxExpectation } from "./box-expectation.ts";
import { extractFeatures, type PictureFeatures } from "./features.ts";
import { locateSource } from "./locate-source.ts";
import type { EditParts } from "./parts.ts";
import { createPatches } from "./patches.ts";
import { embedText, readText, withArticle } from "./prompt.ts";
import { createScorer } from "./scores.ts";
import type { EditLearning } from "./starting-network.ts";

/** What is kept between the edits of one set of models: nothing here is computed twice for the same input. */
export interface EditCaches {
  /** By the picture's sha256. */
  readonly features: Cache<PictureFeatures>;
  /** By all that a loss hangs on: picture, texts, how it is painted and compared, box and steps. */
  readonly losses: Cache<Losses>;
  /** CLIP embeddings of the pack's nouns. */
  readonly nouns: Cache<readonly Float32Array[]>;
}

export function createEditCaches(): EditCaches {
  return { features: createCache(16), losses: createCache(20_000), nouns: createCache(1) };
}

export interface NetworkOptions {
  readonly models: Models;
  readonly caches: EditCaches;
  /** What edits before this one have taught. By default nothing, and nothing is kept. */
  readonly learning?: EditLearning;
}

const noLearning: EditLearning = { network: null, book: null, made: "" };

/** The parts of a real edit: a pack's networks, and whatever paints for it. */
export function createNetworkParts({ models, caches, learning = noLearning }: NetworkOptions): EditParts {
  const { manifest } = models.pack;
  const { side, draftSide = side } = models.inpainter;
  return {
    manifest,
    available: models.inpainter.name,
    inpainter: models.inpainter.name,
    takesReference: models.inpainter.takesReference === true,
    device: models.runtime.device,
    draftShare: draftSide === side ? 1 : (draftSide / side) ** 2,
    losses: caches.losses,
    read: (prompt) => readText(models, prompt),
    async see(picture, sha256) {
      const features = await caches.features.getOrMake(sha256, () => extractFeatures(models, picture));
      return {
        attention: rowsOf(features.attention),
        async compare({ request, prompt, anchors }) {
          const embed = (text: string) => embedText(models, text);
          const embedNoun = (noun: string) => embed(withArticle(readText(models, noun).text));
          const {
            warnings,
            things: all,
            ...source
          } = await locateSource({
            ...{ request, models, picture, features },
            anchors: findAnchors(features.attention, picture, anchors),
            nouns: caches.nouns,
            embed: embedNoun,
          });
          const things = all.filter((thing) => liesIn(middleOf(thing), picture, anchors.where ?? null));
          const sourceText = source.from === "none" ? null : await embedNoun(source.text);
          const reference = { picture: features.clip, prompt: await embed(prompt), sourceText };
          const placeCost = (from: AnchorOrigin) =>
            createPlaceCost({
              ...{ picture, confidence: source.confidence },
              things: from === "source" ? things : [],
            });
          return {
            source,
            warnings,
            findAnchors: ({ from, ...options }) =>
              placeAnchors(features.attention, picture, {
                ...options,
                things: from === "source" ? things : [],
              }),
            placeCost,
            network: ({ chooser }) => (chooser === "learned" ? stated(learning.network) : null),
            async chooser({ chooser, estimator, structureNorm, anchorsFrom }, size) {
              // Losses of another kind cannot be compared with others'.
              const book = structureNorm === "rms" ? learning.book : null;
              const { expect, keeping } = createBoxExpectation({
                ...{ models, picture, features },
                learning: { ...learning, book },
                reference: { ...reference, structureNorm: "rms" },
              });
              const { patchFeatures } = features;
              const opened = await openChooser(chooser, {
                ...{ patchFeatures, picture: size, estimator, expect },
                placeCost: placeCost(anchorsFrom),
              });
              return keeping(opened);
            },
            scorer: (structureNorm) => createScorer(models, { ...reference, structureNorm }),
          };
        },
      };
    },
    async paint({ picture, request, method, source, signal }) {
      const viewSide = models.clip.imageSize;
      if (method !== "regions") {
        const editor = models.editor(method);
        const shown = source === "" ? "" : withArticle(readText(models, source).text);
        const editing = await editor.begin({ ...request, source: shown }, signal);
        const whole = createWholePainting(editing, request);
        const cut = createPatches({
          ...{ picture, painting: whole, inpainter: editor, framing: "whole", viewSide },
        });
        return {
          ...cut,
          get decided() {
            return whole.decided;
          },
          async [Symbol.asyncDispose]() {},
        };
      }
      const painting = await models.inpainter.begin(request, signal);
      const patches = createPatches({
        ...{ picture, painting, inpainter: models.inpainter, framing: manifest.framing, viewSide },
      });
      const { painted } = painting;
      return {
        ...patches,
        ...(painted && { painted }),
        [Symbol.asyncDispose]: () => painting[Symbol.asyncDispose](),
      };
    },
  };
}

function stated(network: EditLearning["network"]): EditResult["network"] {
  return network && { version: network.version, sha256: network.sha256 };
}

function rowsOf({ data, shape: [, columns = 1] }: PictureFeatures["attention"]): number[][] {
  return Array.from({ length: data.length / columns }, (_, row) => [
    ...data.subarray(row * columns, (row + 1) * columns),
  ]);
}
