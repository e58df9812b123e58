import { EditError } from "../../../errors.ts";
import type { GraphBuilder, Value } from "./builder.ts";
import type { Projections } from "./encoder.ts";
import { type AttentionOptions, attention, attentionWeights, mixed } from "./layers.ts";
import type { Side } from "./protos.ts";
import { createSubjectMask, type SubjectPlan } from "./subject-mask.ts";

/*
 * A tap is a value inside a network that can be got at: given out, taken in, or taken from another row of the batch. Its name is the
 * module's, as diffusers has it, and what of it, so it is the same in Stable Diffusion 1, 2 and XL:
 *
 *   up_blocks.1.attentions.2.transformer_blocks.0.attn1.query    `[batch, tokens, width]`; .key and .value likewise
 *   up_blocks.1.attentions.2.transformer_blocks.0.attn2.map      `[batch, heads, pixels, tokens of the text]`, each row's sum 1
 *   up_blocks.1.resnets.1.features                               `[batch, channels, height, width]`: before the block's input is added
 */

/** What becomes of taps. */
export interface TapPlan {
  /** Outputs of their own names. */
  readonly out?: readonly string[];
  /** Inputs of their own names, in place of what the network makes, which then is not computed. */
  readonly in?: readonly string[];
  /**
   * Each row of these is that of another row of the batch: by the name of an input `[batch]` of whole numbers, which says whose. So
   * one stream of a batch reads what another one made, inside the graph.
   */
  readonly rows?: Readonly<Record<string, readonly string[]>>;
  /** Keeps self-attentions on one side of a mask that is read from maps of the text. */
  readonly subject?: SubjectPlan;
}

/** The taps of one graph in the making. */
export interface Taps {
  /** What the graph goes on with where it made `made`. */
  through(name: string, made: Value, shape: readonly Side[]): Value;
  /** Attention whose parts can be tapped; `like` is `[batch, channels, height, width]`, of the picture that its queries are. */
  attend(name: string, parts: Projections, options: AttentionOptions, like: Value): Value;
  /** @throws EditError `internal` where the plan names what the network has not */
  refuseUnmet(): void;
}

export function createTaps(g: GraphBuilder, plan: TapPlan = {}): Taps {
  const out = new Set(plan.out);
  const taken = new Set(plan.in);
  const rowsOf = new Map<string, Value>();
  for (const [input, names] of Object.entries(plan.rows ?? {})) {
    const rows = g.input(input, ["batch"], "int64");
    for (const name of names) rowsOf.set(name, rows);
  }
  const planned = [...out, ...taken, ...rowsOf.keys()];
  const met = new Set<string>();
  const subject = plan.subject === undefined ? null : createSubjectMask(g, plan.subject);

  function through(name: string, made: Value, shape: readonly Side[]): Value {
    met.add(name);
    let value = taken.has(name) ? g.input(name, shape) : made;
    const rows = rowsOf.get(name);
    if (rows !== undefined) value = g.node("Gather", [value, rows], { axis: 0 });
    if (out.has(name)) g.output(name, value);
    return value;
  }

  return {
    through,
    attend(name, parts, options, like) {
      const pass = (part: keyof Projections): Value =>
        through(`${name}.${part}`, parts[part], ["batch", `${part} tokens`, options.width]);
      const [query, key, value] = [pass("query"), pass("key"), pass("value")];
      const map = `${name}.map`;
      const showsMap = subject?.reads(name) || out.has(map) || taken.has(map) || rowsOf.has(map);
      if (showsMap) {
        const made = attentionWeights(g, query, key, options);
        const weights = through(map, made, ["batch", options.heads, "queries", "keys"]);
        subject?.read(name, weights, like);
        return mixed(g, weights, value, options);
      }
      const apart = subject?.apart(name, { query, key, options, like });
      return apart
        ? attention(g, apart.query, apart.key, value, apart.options)
        : attention(g, query, key, value, options);
    },
    refuseUnmet() {
      const unmet = planned.filter((name) => !met.has(name));
      if (unmet.length === 0) return;
      throw new EditError(
        "internal",
        `Expected the network to have ${unmet.join(", ")}, got no such values.`,
      );
    },
  };
}
