import { EditError } from "../../../errors.ts";
import { sidesOf, type Tensor } from "../tensor.ts";

/**
 * Latents `[batch, channels, height, width]` as tokens `[batch, height / 2 * width / 2, 4 * channels]`: each is a square of 2×2, its
 * channels in the order channel, row, column.
 */
export function packLatents(latents: Tensor): Tensor {
  const [batch, channels, height, width] = sidesOf(latents, 4);
  if (height % 2 !== 0 || width % 2 !== 0)
    throw new EditError("internal", `Expected latents with even sides, got ${width}x${height}.`);
  const shape = [batch, (height / 2) * (width / 2), 4 * channels];
  const data = new Float32Array(latents.data.length);
  eachPair([batch, channels, height, width], (latent, token) => {
    data[token] = latents.data[latent] as number;
  });
  return { data, shape };
}

/** The inverse, to latents of that height and width. */
export function unpackLatents(tokens: Tensor, height: number, width: number): Tensor {
  const [batch, count, packed] = sidesOf(tokens, 3);
  if (count !== (height / 2) * (width / 2))
    throw new EditError("internal", `Expected tokens of latents of ${width}x${height}, got ${count}.`);
  const channels = packed / 4;
  const data = new Float32Array(tokens.data.length);
  eachPair([batch, channels, height, width], (latent, token) => {
    data[latent] = tokens.data[token] as number;
  });
  return { data, shape: [batch, channels, height, width] };
}

/** The index of each number among latents, and among their tokens. */
function eachPair(
  [batch, channels, height, width]: readonly [number, number, number, number],
  visit: (latent: number, token: number) => void,
): void {
  let latent = 0;
  for (let item = 0; item < batch; item++) {
    for (let channel = 0; channel < channels; channel++) {
      for (let row = 0; row < height; row++) {
        for (let column = 0; column < width; column++, latent++) {
          const token = ((item * height) / 2 + (row >> 1)) * (width / 2) + (column >> 1);
          visit(latent, 4 * (token * channels + channel) + 2 * (row & 1) + (column & 1));
        }
      }
    }
  }
}
