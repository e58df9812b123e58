import { join } from "node:path";
import { z } from "zod";
import { EditError } from "../../errors.ts";
import type { PackManifest } from "../pack.ts";
import type { Part } from "./part-files.ts";
import { classesPart, draftPart, type PaintingKind, readAs } from "./parts.ts";

/** What a pack's manifest says of its networks. */
export interface PaintingFacts
  extends Pick<PackManifest, "inpainter" | "features" | "scheduler" | "classes"> {
  readonly networks: Partial<PackManifest["networks"]>;
  /** Folders of the tokenizers of the inpainter's own text encoders; `null` where it has none, or no second one. */
  readonly tokenizer: string | null;
  readonly tokenizer2: string | null;
  readonly painting: Pick<
    PackManifest["painting"],
    "side" | "steps" | "draftSteps" | "guidance" | "strength" | "batch"
  > &
    Partial<Pick<PackManifest["painting"], "draftSide">>;
}

const unetSchema = z.object({
  in_channels: z.int(),
  sample_size: z
    .union([
      z.int(),
      z
        .array(z.int())
        .min(1)
        .max(2)
        .transform((sides) => Math.min(...sides)),
    ])
    .nullish(),
  _diffusers_version: z.string().nullish(),
});
/** Sides in tokens. */
const transformerSchema = z.object({ sample_size: z.int().min(1).max(256).default(64) });
const gridSchema = z.object({ input_size: z.int().min(1).max(256).default(16) });
const multsSchema = z.object({ encoder_ch_mult: z.array(z.int()).min(1).max(8).default([1, 1, 2, 2, 4]) });
const vaeSchema = z.object({ block_out_channels: z.array(z.int()).min(1).max(8) });
const sizeSchema = z.object({
  size: z
    .union([
      z.int(),
      z.object({ shortest_edge: z.int() }).transform((size) => size.shortest_edge),
      z.object({ height: z.int() }).transform((size) => size.height),
    ])
    .default(224),
});
/** transformers 5 may write it inside of a `processor_config.json`. */
const preprocessorSchema = z.union([
  z.object({ image_processor: sizeSchema }).transform(({ image_processor }) => image_processor),
  sizeSchema,
]);

/**
 * Reads the networks' configurations.
 * @throws EditError `pack-file-missing`, `pack-invalid`, `network-unsupported`
 */
export async function factsOf(
  kind: PaintingKind,
  order: {
    readonly folder: string;
    readonly draftAutoencoder: string | null;
    readonly hasSecondEncoder: boolean;
  },
  parts: readonly Part[],
): Promise<PaintingFacts> {
  const sourceOf = (path: string) =>
    parts.find((part) => part.path === path)?.source ?? join(order.folder, path);
  const processor = parts.find(({ path }) => /^vit\/(pre)?processor_config\.json$/.test(path));
  const processorFile = processor?.source ?? join(order.folder, "vit");
  const vit = await readAs(processorFile, preprocessorSchema, "an image processor");
  const own = await ownFacts(kind, sourceOf);
  const draftAutoencoder = order.draftAutoencoder === null ? null : draftPart;
  // A MaskGIT knows classes, and has no text encoder of its own.
  const reads = kind !== "maskgit";
  return {
    inpainter: kind,
    features: { shortSide: vit.size },
    // Stable Diffusion XL learns where to edit on frames of half its side, as its packs do.
    painting: order.hasSecondEncoder
      ? { ...own.painting, draftSide: Math.max(32, own.painting.side / 2), batch: 1 }
      : own.painting,
    networks: {
      ...own.networks,
      draftAutoencoder,
      textEncoder: reads ? "text_encoder" : null,
      textEncoder2: order.hasSecondEncoder ? "text_encoder_2" : null,
    },
    tokenizer: reads ? "tokenizer" : null,
    tokenizer2: order.hasSecondEncoder ? "tokenizer_2" : null,
    scheduler: reads ? "scheduler" : null,
    classes: reads ? null : { names: classesPart, threshold: 0.7 },
  };
}

type OwnFacts = Pick<PaintingFacts, "painting" | "networks">;

function ownFacts(kind: PaintingKind, sourceOf: (path: string) => string): Promise<OwnFacts> {
  if (kind === "amused") return tokenFacts(sourceOf);
  if (kind === "maskgit") return classFacts(sourceOf);
  return diffusionFacts(kind, sourceOf);
}

/** 9 channels are shown what is known and repaint all of the box; 4 are blended with it, as the paper does; 8 follow instructions. */
async function diffusionFacts(kind: PaintingKind, sourceOf: (path: string) => string): Promise<OwnFacts> {
  const file = sourceOf("unet/config.json");
  const unet = await readAs(file, unetSchema, "a UNet's configuration");
  const vae = await readAs(sourceOf("vae/config.json"), vaeSchema, "an autoencoder's configuration");
  const follows = kind === "instruct-pix2pix";
  if (!(follows ? [8] : [4, 9]).includes(unet.in_channels)) {
    const known = follows ? "8 (instructions)" : "9 (inpainting) or 4 (blending)";
    throw new EditError(
      "network-unsupported",
      `Expected in_channels of ${file} to be ${known}, got ${unet.in_channels}.`,
    );
  }
  const side = sampleSizeOf(unet) * factorOf(vae);
  const strength = unet.in_channels === 4 ? 0.75 : 1;
  return {
    painting: { side, steps: 25, draftSteps: 6, guidance: 7.5, strength, batch: 4 },
    networks: { unet: "unet", autoencoder: "vae" },
  };
}

/** Steps and guidance are those of diffusers' AmusedInpaintPipeline. */
async function tokenFacts(sourceOf: (path: string) => string): Promise<OwnFacts> {
  const file = sourceOf("transformer/config.json");
  const transformer = await readAs(file, transformerSchema, "a masked transformer's configuration");
  const vq = await readAs(sourceOf("vqvae/config.json"), vaeSchema, "an autoencoder's configuration");
  const side = transformer.sample_size * factorOf(vq);
  return {
    painting: { side, steps: 12, draftSteps: 4, guidance: 10, strength: 1, batch: 4 },
    networks: { transformer: "transformer", autoencoder: "vqvae" },
  };
}

/** Between the steps that the paper takes, 8 to 12. */
async function classFacts(sourceOf: (path: string) => string): Promise<OwnFacts> {
  const file = sourceOf("transformer/config.json");
  const { input_size: tokens } = await readAs(file, gridSchema, "a masked transformer's configuration");
  const vqgan = await readAs(sourceOf("vqgan/config.json"), multsSchema, "a VQGAN's configuration");
  const side = tokens * 2 ** (vqgan.encoder_ch_mult.length - 1);
  return {
    painting: { side, steps: 12, draftSteps: 8, guidance: 2, strength: 1, batch: 4 },
    networks: { transformer: "transformer", autoencoder: "vqgan" },
  };
}

function factorOf({ block_out_channels }: z.infer<typeof vaeSchema>): number {
  return 2 ** (block_out_channels.length - 1);
}

/** In latents. Stable Diffusion's first configurations say 32 and mean 64, as diffusers reads them too. */
function sampleSizeOf({
  sample_size: given,
  _diffusers_version: version,
}: z.infer<typeof unetSchema>): number {
  const [major, minor] = version?.match(/\d+/g)?.map(Number) ?? [];
  const isOld = major === 0 && minor !== undefined && minor < 9;
  return isOld && given === 32 ? 64 : (given ?? 64);
}
