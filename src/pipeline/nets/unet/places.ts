import type { UnetConfig } from "./config.ts";

/** A transformer layer of a UNet. */
export interface AttentionPlace {
  /** Taps of the pixels' attention to each other begin with it: `query`, `key`, `value` and `map`. */
  readonly self: string;
  /** Those of their attention to the text. */
  readonly cross: string;
  readonly way: "down" | "middle" | "up";
  /** Of its way, in the order in which they are computed. */
  readonly block: number;
  /** Of its block. */
  readonly layer: number;
  /** 0 is the outermost: the picture's sides are halved so many times. */
  readonly level: number;
}

/** A residual block of a UNet. */
export interface ResidualPlace extends Omit<AttentionPlace, "self" | "cross"> {
  /** The tap of what it adds to its input. */
  readonly features: string;
}

/** What of a UNet has taps, in the order in which it is computed. */
export interface UnetPlaces {
  readonly attentions: readonly AttentionPlace[];
  readonly residuals: readonly ResidualPlace[];
}

export function placesOf({ blocks }: Pick<UnetConfig, "blocks">): UnetPlaces {
  const attentions: AttentionPlace[] = [];
  const residuals: ResidualPlace[] = [];
  type Place = Pick<AttentionPlace, "way" | "block" | "layer" | "level">;
  const attend = (place: Place, prefix: string, layers: number): void => {
    for (let index = 0; index < layers; index++) {
      const layer = `${prefix}.attentions.${place.layer}.transformer_blocks.${index}`;
      attentions.push({ ...place, self: `${layer}.attn1`, cross: `${layer}.attn2` });
    }
  };
  const pass = (place: Place, prefix: string): void => {
    residuals.push({ ...place, features: `${prefix}.resnets.${place.layer}.features` });
  };

  for (const [level, { layers, attendsDown, transformerLayers }] of blocks.entries()) {
    for (let layer = 0; layer < layers; layer++) {
      const place = { way: "down", block: level, layer, level } as const;
      pass(place, `down_blocks.${level}`);
      if (attendsDown) attend(place, `down_blocks.${level}`, transformerLayers);
    }
  }
  const middle = { way: "middle", block: 0, layer: 0, level: blocks.length - 1 } as const;
  pass(middle, "mid_block");
  attend(middle, "mid_block", blocks.at(-1)?.transformerLayers ?? 0);
  pass({ ...middle, layer: 1 }, "mid_block");
  for (const [block, { layers, attendsUp, transformerLayers }] of blocks.toReversed().entries()) {
    for (let layer = 0; layer <= layers; layer++) {
      const place = { way: "up", block, layer, level: blocks.length - 1 - block } as const;
      pass(place, `up_blocks.${block}`);
      if (attendsUp) attend(place, `up_blocks.${block}`, transformerLayers);
    }
  }
  return { attentions, residuals };
}
