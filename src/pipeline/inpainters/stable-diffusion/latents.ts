import { EditError } from "../../../errors.ts";
import type { Autoencoder } from "../../nets/autoencoders/autoencoder.ts";
import type { Tensor } from "../../nets/tensor.ts";

/**
 * Latents of pictures `[n, 3, H, W]` in -1..1, times the scaling factor: the distribution's mean, or a sample of it
 * made with standard normal `noise` of the latents' size.
 */
export async function encodeLatents(
  autoencoder: Pick<Autoencoder, "encode" | "scalingFactor">,
  image: Tensor,
  noise: Float32Array | null,
): Promise<Tensor> {
  const { mean, logvar } = await autoencoder.encode(image);
  const { scalingFactor } = autoencoder;
  const data = noise
    ? drawnLatents(mean.data, logvar.data, noise, scalingFactor)
    : multiplied(mean.data, scalingFactor);
  return { data, shape: mean.shape };
}

/** Pictures `[n, 3, H, W]` of scaled latents, about -1..1, not clamped. */
export async function decodeLatents(
  autoencoder: Pick<Autoencoder, "decode" | "scalingFactor">,
  latents: Tensor,
): Promise<Tensor> {
  const data = divided(latents.data, autoencoder.scalingFactor);
  return autoencoder.decode({ data, shape: latents.shape });
}

function drawnLatents(
  mean: Float32Array,
  logvar: Float32Array,
  noise: Float32Array,
  factor: number,
): Float32Array {
  const data = new Float32Array(mean.length);
  for (let index = 0; index < data.length; index++) {
    const drawn = Math.exp(0.5 * (logvar[index] as number)) * (noise[index] as number);
    data[index] = ((mean[index] as number) + drawn) * factor;
  }
  return data;
}

function multiplied(values: Float32Array, factor: number): Float32Array {
  const data = new Float32Array(values.length);
  for (let index = 0; index < data.length; index++) data[index] = (values[index] as number) * factor;
  return data;
}

function divided(values: Float32Array, divisor: number): Float32Array {
  const data = new Float32Array(values.length);
  for (let index = 0; index < data.length; index++) data[index] = (values[index] as number) / divisor;
  return data;
}

/** @throws EditError `weights-corrupt` for latents of a UNet that are not finite */
export function requireFiniteLatents(data: Float32Array): void {
  for (let index = 0; index < data.length; index++) {
    if (Number.isFinite(data[index])) continue;
    throw new EditError("weights-corrupt", "Expected the UNet to give finite latents, got NaN or infinity.");
  }
}
