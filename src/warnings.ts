/** What each warning says, as data: chats make words of it by their catalogues, the command line by the table below. */
export interface WarningData {
  /** The prompt is longer than the text model reads; `cut` is what was left out, `positions` how much is read. */
  readonly "prompt-cut": { readonly cut: string; readonly positions: number };
  /** A negative prompt was given, and what paints takes no notice of one. */
  readonly "negative-unused": Readonly<Record<string, never>>;
  /** Words outside a pack's closed world: those that were taken for something else, and those that were not. */
  readonly "words-unknown": {
    readonly pack: string;
    readonly taken: readonly { readonly word: string; readonly as: string }[];
    readonly unknown: readonly string[];
    /** Words that are named in neither list, where there are too many to name. */
    readonly more: number;
  };
  readonly "anchors-fewer": { readonly found: number; readonly wanted: number };
  readonly "budget-lowered-anchors": {
    readonly budget: number;
    readonly anchors: number;
    readonly wanted: number;
  };
  readonly "results-fewer": { readonly results: number; readonly anchors: number };
  readonly "results-weak": Readonly<Record<string, never>>;
  /** Results that the safety model refused. */
  readonly "results-unsafe": { readonly count: number };
  /** The noun that was found, and its zero-shot probability, 0 to 1. */
  readonly "source-uncertain": { readonly noun: string; readonly confidence: number };
  /** What was painted by a model that knows classes and no sentences, and how sure it is that the prompt means it, 0 to 1. */
  readonly "class-painted": { readonly class: string; readonly confidence: number };
  /** Nothing that the picture shows has a name in the pack. */
  readonly "source-unknown": Readonly<Record<string, never>>;
  /** The device that could not be used; the edit ran on the CPU. */
  readonly "device-fallback": { readonly device: string };
}

export type WarningCode = keyof WarningData;

/** What is not an error but should be known: a cut prompt, fewer anchors, a word the pack does not know. */
export type Warning = {
  readonly [Code in WarningCode]: {
    readonly code: Code;
    /** In English, for the command line and `edit.json`. */
    readonly text: string;
    /** Absent in stored results of before. */
    readonly data?: WarningData[Code];
  };
}[WarningCode];

/** A warning with its data, and what it says in English. */
export function warning<Code extends WarningCode>(
  code: Code,
  data: WarningData[Code],
): Extract<Warning, { readonly code: Code }> {
  return { code, text: texts[code](data), data } as Extract<Warning, { readonly code: Code }>;
}

const texts: { readonly [Code in WarningCode]: (data: WarningData[Code]) => string } = {
  "prompt-cut": ({ cut, positions }) =>
    `The prompt is longer than the ${positions} positions of the text model; this was cut off: "${opening(cut)}".`,
  "negative-unused": () =>
    "The negative prompt changed nothing: this pack paints without guidance away from anything.",
  "words-unknown": ({ pack, taken, unknown, more }) =>
    [
      ...taken.map(({ word, as }) => `The pack ${pack} does not know "${word}" and takes it for "${as}".`),
      ...(unknown.length > 0
        ? [`The pack ${pack} does not know ${unknown.map((word) => `"${word}"`).join(", ")}.`]
        : []),
      ...(more > 0 ? [`The same goes for ${more} more ${more === 1 ? "word" : "words"}.`] : []),
      "It may paint something else; lrbot packs list shows other packs.",
    ].join(" "),
  "anchors-fewer": ({ found, wanted }) =>
    `The picture has room for ${found} of ${wanted} anchors at this spacing.`,
  "budget-lowered-anchors": ({ budget, anchors, wanted }) =>
    `A budget of ${budget} full paintings serves ${anchors} of ${wanted} anchors: each needs a draft and a painting.`,
  "results-fewer": ({ results, anchors }) =>
    `${anchors} anchors share their boxes, so ${results} are left to paint. More --proposals or anchors farther apart give more.`,
  "results-weak": () =>
    "No result comes clearly closer to the prompt than the picture itself. Try other words, another seed, or --source.",
  "results-unsafe": ({ count }) =>
    `The safety model refused ${count === 1 ? "one result" : `${count} results`}; ${count === 1 ? "it is" : "they are"} left out.`,
  "source-uncertain": ({ noun, confidence }) =>
    `The thing to edit was taken for "${noun}" (${Math.round(confidence * 100)} % sure). Naming it (--source) makes the edit surer.`,
  "class-painted": ({ class: name, confidence }) =>
    `This pack paints classes, not sentences: the prompt was taken for "${name}" (${Math.round(confidence * 100)} % sure).`,
  "source-unknown": () =>
    "Nothing in the picture looks like a thing that the pack has a name for, so results are not compared with what they replace. Naming it (--source) makes the edit surer.",
  "device-fallback": ({ device }) =>
    `Expected to run on ${device}, which ONNX Runtime refuses; ran on the CPU. \`lrbot doctor\` says what is missing.`,
};

/** The text, or its first letters where it is long: enough to find the place in a prompt. */
function opening(text: string): string {
  const letters = [...text];
  return letters.length <= 80 ? text : `${letters.slice(0, 80).join("").trimEnd()} ...`;
}
