import { EditError } from "../../../../errors.ts";
import { required } from "../../../nets/required.ts";
import { sidesOf, type Tensor } from "../../../nets/tensor.ts";
import type { PaintedClass } from "../../inpainter.ts";
import type { ClassReader } from "./parts.ts";

/** Finds the class that a sentence means. What classes are called is embedded once. */
export interface ClassMatcher {
  /** @throws EditError `class-unknown` where no class is like it */
  match(prompt: string): Promise<PaintedClass & { readonly label: number }>;
}

export interface ClassMatcherOptions {
  readonly classes: readonly string[];
  /** Least cosine, -1 to 1. */
  readonly threshold: number;
}

/** Texts that CLIP is given at once. */
const textsPerRun = 64;

/**
 * By the cosine of CLIP's embeddings of the sentence and of "a photo of a NAME"; how sure that is, is the class's share of a softmax over all
 * classes, as CLIP was trained.
 */
export function createClassMatcher(
  reader: ClassReader,
  { classes, threshold }: ClassMatcherOptions,
): ClassMatcher {
  let known: Promise<readonly Float32Array[]> | null = null;
  return {
    async match(prompt) {
      known ??= embed(
        reader,
        classes.map((line) => `a photo of a ${nameOf(line)}`),
      );
      const rows = await known;
      const [sentence] = await embed(reader, [prompt]);
      const cosines = rows.map((row) => dot(row, required(sentence, "an embedding of the prompt")));
      const best = cosines.reduce((most, cosine) => Math.max(most, cosine), -1);
      const label = cosines.indexOf(best);
      const name = nameOf(required(classes[label], "a class"));
      if (best < threshold) {
        throw new EditError(
          "class-unknown",
          `Expected a prompt that is like one of the ${classes.length} classes that this pack paints, got "${prompt}"; the nearest, "${name}", has a similarity of ${best.toFixed(2)}, below ${threshold}.`,
        );
      }
      const scale = reader.clip.logitScale;
      const all = cosines.reduce((sum, cosine) => sum + Math.exp(scale * (cosine - best)), 0);
      return { label, class: name, confidence: 1 / all };
    },
  };
}

/** The first of a class's names. */
function nameOf(line: string): string {
  return (line.split(",")[0] ?? line).trim();
}

/** Embeddings of length 1. */
async function embed({ clip, tokenizer }: ClassReader, texts: readonly string[]): Promise<Float32Array[]> {
  const rows: Float32Array[] = [];
  for (let start = 0; start < texts.length; start += textsPerRun) {
    const { ids } = tokenizer.encode(texts.slice(start, start + textsPerRun), clip.positions);
    rows.push(...unitRows(await clip.embedTexts(ids)));
  }
  return rows;
}

function unitRows(embeddings: Tensor): Float32Array[] {
  const [count, width] = sidesOf(embeddings, 2);
  return Array.from({ length: count }, (_, row) => {
    const values = embeddings.data.slice(row * width, (row + 1) * width);
    const length = Math.hypot(...values);
    return values.map((value) => value / length);
  });
}

function dot(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, i) => sum + value * (b[i] as number), 0);
}
