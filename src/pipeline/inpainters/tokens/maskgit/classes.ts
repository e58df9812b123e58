import { EditError } from "../../../../errors.ts";
import { required } from "../../../nets/required.ts";
import { sidesOf, type Tensor } from "../../../nets/tensor.ts";
import type { PaintedClass } from "../../inpainter.ts";
import type { ClassReader } from "./parts.ts";

/** A class with its label. */
export interface MatchedClass extends PaintedClass {
  readonly label: number;
}

/** Finds the class that a sentence means. What classes are called is embedded once. */
export interface ClassMatcher {
  /** @throws EditError `class-unknown` where no class is like it */
  match(prompt: string): Promise<MatchedClass>;
  /** The same, and `null` where no class is like it. */
  find(text: string): Promise<MatchedClass | null>;
}

export interface ClassMatcherOptions {
  readonly classes: readonly string[];
  /** Least cosine, -1 to 1. */
  readonly threshold: number;
}

/** Texts that CLIP is given at once. */
const textsPerRun = 64;

/**
 * By the cosine of CLIP's embeddings of the sentence and of "a photo of a NAME"; where the sentence has the class's name among its words, any
 * cosine will do. How sure that is, is the class's share of a softmax over all
 * classes, as CLIP was trained.
 */
export function createClassMatcher(
  reader: ClassReader,
  { classes, threshold }: ClassMatcherOptions,
): ClassMatcher {
  let known: Promise<readonly Float32Array[]> | null = null;

  async function nearest(
    text: string,
  ): Promise<MatchedClass & { readonly cosine: number; readonly isLike: boolean }> {
    known ??= embed(
      reader,
      classes.map((line) => `a photo of a ${nameOf(line)}`),
    );
    const rows = await known;
    const [sentence] = await embed(reader, [text]);
    const cosines = rows.map((row) => dot(row, required(sentence, "an embedding of a text")));
    const cosine = cosines.reduce((most, one) => Math.max(most, one), -1);
    const label = cosines.indexOf(cosine);
    const line = required(classes[label], "a class");
    const all = cosines.reduce((sum, one) => sum + Math.exp(reader.clip.logitScale * (one - cosine)), 0);
    const isLike = cosine >= threshold || isNamed(line, text);
    return { label, class: nameOf(line), confidence: 1 / all, cosine, isLike };
  }

  return {
    async match(prompt) {
      const { cosine, isLike, ...found } = await nearest(prompt);
      if (isLike) return found;
      throw new EditError(
        "class-unknown",
        `Expected a prompt that is like one of the ${classes.length} classes that this pack paints, got "${prompt}"; the nearest, "${found.class}", has a similarity of ${cosine.toFixed(2)}, below ${threshold}.`,
      );
    },
    async find(text) {
      const { cosine: _, isLike, ...found } = await nearest(text);
      return isLike ? found : null;
    },
  };
}

/** The first of a class's names. */
export function nameOf(line: string): string {
  return (line.split(",")[0] ?? line).trim();
}

/** Whether a sentence has one of a class's names among its words, also as several of them. */
function isNamed(line: string, prompt: string): boolean {
  const wordsOf = (text: string) =>
    ` ${
      text
        .toLowerCase()
        .match(/[\p{L}\p{N}]+/gu)
        ?.join(" ") ?? ""
    } `;
  const said = wordsOf(prompt);
  return line.split(",").some((name) => {
    const words = wordsOf(name).trimEnd();
    return words !== "" && (said.includes(`${words} `) || said.includes(`${words}s `));
  });
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
