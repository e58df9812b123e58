import { loadAutoencoder } from "../src/pipeline/nets/autoencoders/autoencoder.ts";
import { loadClipImageTower } from "../src/pipeline/nets/clip.ts";
import type { Runtime } from "../src/pipeline/nets/runtime.ts";
import type { Tensor } from "../src/pipeline/nets/tensor.ts";
import { loadUnet } from "../src/pipeline/nets/unet/unet.ts";
import { loadVit } from "../src/pipeline/nets/vit/vit.ts";
import { clipLayout, dinoLayout, type NetworkLayout, unetLayout, vaeLayout } from "./nets-layouts.ts";
import { randomTensor } from "./nets-weights.ts";

/** A network as the product runs it. */
export interface Contender {
  readonly layout: NetworkLayout;
  /** By the names of torch_networks.py. */
  readonly inputs: Readonly<Record<string, Tensor>>;
  /** Rounds in which both sides run, and runs of each in a round. */
  readonly rounds: number;
  readonly runs: number;
  /** Opens it by the product's own loader; gives what one run is. `runtime` owns what is opened. */
  open(folder: string, runtime: Runtime): Promise<() => Promise<Readonly<Record<string, Tensor>>>>;
}

export const networkNames = ["clip", "dino", "unet", "vae"] as const;
export type NetworkName = (typeof networkNames)[number];

/** By the batch; pictures of 224 pixels, latents of 64×64 (512 pixels), 77 positions of text. */
export const contenders: Readonly<Record<NetworkName, (batch: number) => Contender>> = {
  clip(batch) {
    const pixels = randomTensor(2, [batch, 3, 224, 224]);
    return {
      layout: clipLayout(),
      inputs: { pixels },
      ...{ rounds: 15, runs: 5 },
      async open(folder, runtime) {
        const tower = await loadClipImageTower({ folder, runtime, outputs: ["embeds", "tokens"] });
        return () => tower.run(pixels);
      },
    };
  },
  dino(batch) {
    const pixels = randomTensor(3, [batch, 3, 224, 224]);
    return {
      layout: dinoLayout(),
      inputs: { pixels },
      ...{ rounds: 15, runs: 5 },
      async open(folder, runtime) {
        const vit = await loadVit({ folder, runtime });
        return () => vit.run(pixels);
      },
    };
  },
  unet(batch) {
    const sample = randomTensor(4, [batch, 9, 64, 64]);
    const states = randomTensor(5, [batch, 77, 768]);
    const timestep = 601;
    return {
      layout: unetLayout(),
      inputs: { sample, timestep: { data: Float32Array.of(timestep), shape: [1, 1] }, states },
      ...{ rounds: 5, runs: 1 },
      async open(folder, runtime) {
        const unet = await loadUnet({ folder, runtime });
        return async () => ({
          prediction: await unet.run({ sample, timestep, encoderHiddenStates: states }),
        });
      },
    };
  },
  vae(batch) {
    const latent = randomTensor(6, [batch, 4, 64, 64]);
    return {
      layout: vaeLayout(),
      inputs: { latent },
      ...{ rounds: 5, runs: 1 },
      async open(folder, runtime) {
        const autoencoder = await loadAutoencoder({ folder, runtime });
        return async () => ({ image: await autoencoder.decode(latent) });
      },
    };
  },
};
