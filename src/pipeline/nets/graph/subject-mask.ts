import { required } from "../required.ts";
import type { GraphBuilder, Value } from "./builder.ts";
import { type AttentionOptions, dimensions, side } from "./layers.ts";

/**
 * Where a text's subject is, is read from maps; a query inside it sees keys inside it alone, and one outside those outside. Inputs:
 * `subject` `[batch, tokens]`, 1 at the tokens that name it in a row's text; `keyMask` and `queryMask` `[batch]`, whose row's mask holds
 * for a row's keys and queries; `isApart` `[batch]`, 1 where it holds, 0 where all keys are seen.
 */
export interface SubjectPlan {
  /** `....attn2`, all of one size, before the first that they are for. */
  readonly maps: readonly string[];
  /** `....attn1` */
  readonly attentions: readonly string[];
}

/** Queries and keys `[batch, tokens, width]` of one attention over a picture like `like`, `[batch, channels, height, width]`. */
export interface Attended {
  readonly query: Value;
  readonly key: Value;
  readonly options: AttentionOptions;
  readonly like: Value;
}

/** A mask made of maps inside the graph, and attentions that mind it; see `SubjectPlan`. */
export interface SubjectMask {
  /** Whether the mask is made of this one's map. */
  reads(name: string): boolean;
  /** Takes a map `[batch, heads, pixels, tokens]`, whose pixels are those of `like`. */
  read(name: string, map: Value, like: Value): void;
  /** Queries and keys of which those on the same side of the mask find each other; `null` for an attention that minds no mask. */
  apart(name: string, attended: Attended): Pick<Attended, "query" | "key" | "options"> | null;
}

/** From this part of the way from its least to its most attended pixel on, a subject's mask is 1 (MasaCtrl's authors' value). */
const threshold = 0.1;

/** Added to the scores of keys inside: exp of it is more than any attention tells apart, and it leaves 32-bit scores five digits. */
const preference = 100;

export function createSubjectMask(g: GraphBuilder, { maps, attentions }: SubjectPlan): SubjectMask {
  const subject = g.input("subject", ["batch", "tokens"]);
  const keyRows = g.input("keyMask", ["batch"], "int64");
  const queryRows = g.input("queryMask", ["batch"], "int64");
  const isApart = g.input("isApart", ["batch"]);
  const readMaps: Value[] = [];
  let place: Value | null = null;
  let whole: Value | null = null;

  /** `[batch, 1, height, width]` of 0 and 1, of the maps' size. */
  function mask(): Value {
    const like = required(place, "a map of the text before the attention that a mask is for");
    const mean = g.node("Div", [
      readMaps.reduce((sum, map) => g.node("Add", [sum, map])),
      g.floats(readMaps.length),
    ]);
    const said = g.node("MatMul", [mean, g.node("Unsqueeze", [subject, g.ints([2])])]);
    const most = (operator: string) => g.node(operator, [said, g.ints([1])], { keepdims: 1 });
    const [low, high] = [most("ReduceMin"), most("ReduceMax")];
    // A text without a subject has a mask of zeros.
    const range = g.node("Max", [g.node("Sub", [high, low]), g.floats(1e-6)]);
    const share = g.node("Div", [g.node("Sub", [said, low]), range]);
    const inside = g.toFloats(g.node("GreaterOrEqual", [share, g.floats(threshold)]));
    return g.node("Reshape", [
      inside,
      dimensions(g, [side(g, like, 0), 1, side(g, like, 2), side(g, like, 3)]),
    ]);
  }

  /** The mask at another size as `[batch, pixels, 1]`. */
  function maskLike(like: Value): Value {
    whole ??= mask();
    const sides = dimensions(g, [side(g, like, 0), 1, side(g, like, 2), side(g, like, 3)]);
    const fitted = g.node("Resize", [whole, null, null, sides], {
      mode: "nearest",
      nearest_mode: "floor",
      coordinate_transformation_mode: "asymmetric",
    });
    return g.node("Reshape", [fitted, dimensions(g, [side(g, like, 0), -1, 1])]);
  }

  /** `[batch, tokens, width]` with one more channel for each head, the same for all heads. */
  function withChannel(x: Value, channel: Value, { width, heads }: AttentionOptions): Value {
    const split = g.node("Reshape", [x, g.ints([0, 0, heads, width / heads])]);
    const shape = dimensions(g, [side(g, x, 0), side(g, x, 1), heads, 1]);
    const spread = g.node("Expand", [g.node("Unsqueeze", [channel, g.ints([2])]), shape]);
    return g.node("Reshape", [g.node("Concat", [split, spread], { axis: 3 }), g.ints([0, 0, width + heads])]);
  }

  return {
    reads: (name) => maps.includes(name),
    read(name, map, like) {
      if (!maps.includes(name)) return;
      place ??= like;
      readMaps.push(g.node("ReduceMean", [map, g.ints([1])], { keepdims: 0 }));
    },
    apart(name, { query, key, options, like }) {
      if (!attentions.includes(name)) return null;
      const { width, heads } = options;
      const fitted = maskLike(like);
      const ofKeys = g.node("Gather", [fitted, keyRows], { axis: 0 });
      const ofQueries = g.node("Gather", [fitted, queryRows], { axis: 0 });
      // Keys outside are worth 0 more; those inside more to a query inside, less to one outside. A softmax minds differences alone.
      const signs = g.node("Sub", [g.node("Mul", [ofQueries, g.floats(2)]), g.floats(1)]);
      const size = g.node("Mul", [
        g.node("Reshape", [isApart, g.ints([-1, 1, 1])]),
        g.floats(preference * Math.sqrt(width / heads)),
      ]);
      return {
        query: withChannel(query, g.node("Mul", [signs, size]), options),
        key: withChannel(key, ofKeys, options),
        options: { ...options, width: width + heads, scale: (width / heads) ** -0.5 },
      };
    },
  };
}
