import type { Picture } from "../image/picture.ts";
import { createClipViewer, vitPixels } from "../image/preprocess.ts";
import type { Models } from "../models.ts";
import type { Tensor } from "../nets/tensor.ts";

/**
 * What CLIP sees in one picture: its embedding `[projection]`, the last layer's patch tokens `[patches, width]`, and these
 * projected as the embedding is, `[patches, projection]`.
 */
export interface ClipView {
  readonly embedding: Float32Array;
  readonly tokens: Tensor;
  readonly patchEmbeds: Tensor;
}

/** What the networks see in a source picture before anything is painted. */
export interface PictureFeatures {
  /** Patch features F of the ViT `[d, h, w]`. */
  readonly patchFeatures: Tensor;
  /** The last layer's attention of the CLS query, averaged over heads `[h, w]`. */
  readonly attention: Tensor;
  readonly clip: ClipView;
}

/** Looks at a source picture: one run of the ViT with its aspect ratio kept, one of CLIP's image tower. */
export async function extractFeatures(models: Models, picture: Picture): Promise<PictureFeatures> {
  const pixels = vitPixels(picture, {
    ...models.vitPreprocessor,
    shortSide: models.pack.manifest.features.shortSide,
    patch: models.vit.patchSize,
  });
  const { features, attention } = await models.vit.run(pixels);
  const [clip] = await viewPictures(models, [picture]);
  if (!clip) throw new RangeError("Expected one view of one picture, got none.");
  return { patchFeatures: withoutBatch(features), attention: withoutBatch(attention), clip };
}

/** Looks at whole pictures through CLIP. */
export interface Viewer {
  /** One run of the image tower for all; a picture still in the making is squeezed as soon as it is there. */
  view(pictures: readonly (Picture | Promise<Picture>)[]): Promise<ClipView[]>;
}

/** A viewer that looks at copies of one picture in less time, see `createClipViewer`. */
export function createViewer({ clip, clipPreprocessor }: Pick<Models, "clip" | "clipPreprocessor">): Viewer {
  const side = clip.imageSize;
  const show = createClipViewer(side, clipPreprocessor);
  return {
    async view(pictures) {
      const size = 3 * side * side;
      const data = new Float32Array(pictures.length * size);
      await Promise.all(
        pictures.map(async (picture, index) => {
          show(await picture, data.subarray(index * size, (index + 1) * size));
        }),
      );
      const { embeds, tokens, patchEmbeds } = await clip.embedImages({
        data,
        shape: [pictures.length, 3, side, side],
      });
      return pictures.map((_, index) => ({
        embedding: rowOf(embeds, index).data,
        tokens: rowOf(tokens, index),
        patchEmbeds: rowOf(patchEmbeds, index),
      }));
    },
  };
}

/** Runs CLIP's image tower on whole pictures in one batch, each squeezed to the tower's square. */
export function viewPictures(
  models: Pick<Models, "clip" | "clipPreprocessor">,
  pictures: readonly Picture[],
): Promise<ClipView[]> {
  return createViewer(models).view(pictures);
}

/** One entry of a tensor's first axis, without a copy. */
export function rowOf(tensor: Tensor, index: number): Tensor {
  const [, ...shape] = tensor.shape;
  const size = shape.reduce((product, side) => product * side, 1);
  return { data: tensor.data.subarray(index * size, (index + 1) * size), shape };
}

function withoutBatch(tensor: Tensor): Tensor {
  return rowOf(tensor, 0);
}
