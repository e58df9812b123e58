import { z } from "zod";
import type { EditRequestInput } from "../../request.ts";
import type { EditRequest } from "../../types.ts";
import type { OptionSpec } from "../commands/command-spec.ts";
import { listedValues } from "../listed-values.ts";
import { nearName } from "../near-name.ts";
import { Refusal } from "../refusal.ts";

// What members may say of an edit besides its words and its picture. Each option is declared once, with the command `/edit`; the
// command, the form, the words of a message and what goes on from a result all read these declarations.

/** What was chosen, by the options' names: text, or a number of a `whole`. */
export type EditChoices = Readonly<Record<string, string | number>>;

/** What an option makes of a request. */
export type RequestPart = Partial<Omit<EditRequestInput, "image" | "prompt">> & {
  /** Added to the pack; `null` for none. */
  readonly style?: string | null;
};

/** How an option is listed and typed. */
export type EditOptionSpec = Extract<OptionSpec, { readonly kind: "text" | "whole" | "choice" }>;

export interface EditOption {
  readonly spec: EditOptionSpec;
  /** Said of the picture that was edited, so that an edit of its result starts without it. */
  readonly isOfPicture: boolean;
  /** What was typed, as a value. @throws EditError, Refusal where it is none */
  read(typed: string): string | number;
  /** @throws EditError, Refusal where the value cannot be had */
  part(value: string | number): RequestPart;
  /** What a request was made of; `null` where nothing was chosen. */
  chosenIn(request: EditRequest): string | number | null;
}

type ValueOf<Spec extends EditOptionSpec> = Spec extends { readonly kind: "whole" } ? number : string;

/** An option in one piece: how it is typed, what it makes of a request, and what a request says of it. */
export function defineEditOption<const Spec extends EditOptionSpec>(
  spec: Spec,
  declared: {
    readonly isOfPicture?: boolean;
    readonly read?: (typed: string) => ValueOf<Spec> | null;
    readonly part: (value: ValueOf<Spec>) => RequestPart;
    readonly chosenIn: (request: EditRequest) => ValueOf<Spec> | null;
  },
): EditOption {
  const { isOfPicture = false, read, part, chosenIn } = declared;
  const schema = spec.kind === "whole" ? z.number() : z.string();
  return {
    spec: { ...spec, isNamed: true },
    isOfPicture,
    read(typed) {
      const value = fitting(spec, typed);
      return read?.(value) ?? readValue(spec, value);
    },
    part: (value) => part(schema.parse(value) as ValueOf<Spec>),
    chosenIn,
  };
}

/** Without blanks around it. @throws Refusal `text-refused`: where it is typed freely, nothing else has counted its characters yet */
function fitting(spec: EditOptionSpec, typed: string): string {
  const value = typed.trim();
  if (spec.kind !== "text" || value.length <= spec.maxLength) return value;
  throw new Refusal(
    { code: "text-refused", option: spec.name, most: spec.maxLength },
    `Expected at most ${spec.maxLength} characters for ${spec.name}, got ${value.length}.`,
  );
}

function readValue(spec: EditOptionSpec, value: string): string | number {
  switch (spec.kind) {
    case "text":
      return value;
    case "whole": {
      const number = /^\d{1,15}$/.test(value) ? Number(value) : Number.NaN;
      const [low, high] = spec.range;
      if (number >= low && number <= high) return number;
      throw new Refusal(
        { code: "number-refused", option: spec.name, low, high },
        `Expected ${spec.name} as a whole number from ${low} to ${high}, got ${JSON.stringify(value)}.`,
      );
    }
    case "choice":
      return offeredChoice(spec, value);
  }
}

/** @throws Refusal `choice-not-offered` */
export function offeredChoice(
  { name, choices }: Extract<EditOptionSpec, { readonly kind: "choice" }>,
  value: string,
): string {
  const named = value.toLowerCase().replace(/^an?\s+/u, "");
  const known = choices.find((choice) => choice.toLowerCase() === named);
  if (known !== undefined) return known;
  throw new Refusal(
    { code: "choice-not-offered", option: name, got: value, choices: choices.length > 1 ? choices : [] },
    `Expected one of ${choices.join(", ") || "nothing"} for ${name}, got ${JSON.stringify(value)}.`,
  );
}

/** Whether members are shown it: a choice among one is none. */
export function isShown({ spec }: EditOption): boolean {
  return spec.kind !== "choice" || spec.choices.length > 1;
}

/** Whether members can say once that they always want it. */
export function isSettable(option: EditOption): boolean {
  return isShown(option) && !option.isOfPicture;
}

/** The options among all that a command was given. */
export function choicesIn(
  given: Readonly<Record<string, string | number | boolean>>,
  options: readonly EditOption[],
): EditChoices {
  return Object.fromEntries(
    options.flatMap(({ spec: { name } }) => {
      const value = given[name];
      return value === undefined || value === "" || typeof value === "boolean" ? [] : [[name, value]];
    }),
  );
}

/**
 * What a job was asked for, so that another is asked for the same.
 * @param keeps `result`: what goes on from a result, of which nothing holds that was said of the picture.
 */
export function choicesOf(
  { request }: { readonly request: EditRequest },
  options: readonly EditOption[],
  keeps: "all" | "result" = "all",
): EditChoices {
  return Object.fromEntries(
    options.flatMap((option) => {
      const value = keeps === "result" && option.isOfPicture ? null : option.chosenIn(request);
      return value === null || !isShown(option) ? [] : [[option.spec.name, value]];
    }),
  );
}

/** All that was chosen, as one part of a request. @throws EditError, Refusal as the options do */
export function partOf(choices: EditChoices, options: readonly EditOption[]): RequestPart {
  return chosen(choices, options)
    .map(({ option, value }) => option.part(value))
    .reduce((all, part) => ({ ...all, ...part, settings: { ...all.settings, ...part.settings } }), {});
}

/** What members wrote in their own words. */
export function textsIn(choices: EditChoices, options: readonly EditOption[]): readonly string[] {
  return chosen(choices, options).flatMap(({ option, value }) =>
    option.spec.kind === "text" ? [String(value)] : [],
  );
}

function chosen(choices: EditChoices, options: readonly EditOption[]) {
  return options.flatMap((option) => {
    const value = choices[option.spec.name];
    return value === undefined ? [] : [{ option, value }];
  });
}

/**
 * The words of a message without its options, and those: `--no people`, `--seed=7`. A text goes on to the next option or to the
 * end, unless it stands in quotes; what else follows an option is one word. What only looks like an option stays.
 * @throws EditError, Refusal where a value is none of its option; Refusal `option-unknown` where another option must be meant,
 *   `option-without-value`
 */
export function readWords(
  text: string,
  options: readonly EditOption[],
): { readonly text: string; readonly choices: EditChoices } {
  const byWord = new Map(options.flatMap((option) => namesOf(option).map((name) => [name, option] as const)));
  const names = [...byWord.keys()].toSorted((a, b) => b.length - a.length);
  const marks = [...text.matchAll(new RegExp(`(?<=^|\\s)--(${names.join("|")})(?:\\s+|=)(?=\\S)`, "giu"))];
  const choices: Record<string, string | number> = {};
  const before = (index: number | undefined, from = 0) =>
    index === undefined ? text.slice(from) : text.slice(from, index).replace(/\s$/u, "");
  let left = before(marks[0]?.index);
  for (const [index, mark] of marks.entries()) {
    const option = byWord.get(mark[1]?.toLowerCase() ?? "");
    const said = before(marks[index + 1]?.index, mark.index + mark[0].length);
    if (!option) continue;
    const { value, rest } = valueIn(said, option.spec);
    if (said.trim() === "") throw withoutValue(option);
    choices[option.spec.name] = option.read(value);
    left += rest;
  }
  requireKnown(left, byWord);
  return { text: left, choices };
}

function namesOf({ spec: { name, word = name } }: EditOption): readonly string[] {
  return [...new Set([name, word])];
}

const quoted = /^["“”„«]([^"“”„»]*)["“”»]/u;

/** What follows an option: its value, and what is not of it. */
function valueIn(said: string, spec: EditOptionSpec): { readonly value: string; readonly rest: string } {
  const [whole, inner] = quoted.exec(said) ?? [];
  if (whole !== undefined && inner !== undefined) return { value: inner, rest: said.slice(whole.length) };
  const isLong = spec.kind === "text" && spec.known === undefined;
  // "a touch" is one word.
  const length = isLong ? said.length : (/^(?:an?\s+)?\S+/iu.exec(said)?.[0].length ?? 0);
  return { value: said.slice(0, length), rest: said.slice(length) };
}

/** @throws Refusal `option-unknown` of a word that is nearly an option, `option-without-value` of one that is */
function requireKnown(text: string, options: ReadonlyMap<string, EditOption>): void {
  for (const [, got = ""] of text.matchAll(/(?:^|\s)--([a-z]{2,})(?=[\s=]|$)/giu)) {
    const name = got.toLowerCase();
    const option = options.get(name);
    if (option) throw withoutValue(option);
    const meant = name.length > 2 ? nearName(name, [...options.keys()]) : null;
    if (meant !== null) throw unknownOption(`--${got}`, [meant]);
  }
}

function withoutValue({ spec }: EditOption): Refusal {
  const got = `--${spec.word ?? spec.name}`;
  return new Refusal(
    { code: "option-without-value", got, values: listedValues(spec) },
    `Expected a value behind ${got}, got none.`,
  );
}

/** The words of a field that holds options alone. @throws as `readWords`; Refusal `option-unknown` where there are others */
export function readOptionWords(text: string, options: readonly EditOption[]): EditChoices {
  const { text: left, choices } = readWords(text, options);
  if (left.trim() === "") return choices;
  throw unknownOption(
    left.trim(),
    options.map(({ spec: { name, word = name } }) => word),
  );
}

function unknownOption(got: string, words: readonly string[]): Refusal {
  const options = words.map((word) => `--${word}`);
  return new Refusal(
    { code: "option-unknown", got, options },
    `Expected one of ${options.join(", ")}, got ${JSON.stringify(got)}.`,
  );
}

/** Choices as `readWords` reads them. */
export function wordsOf(choices: EditChoices, options: readonly EditOption[]): string {
  return chosen(choices, options)
    .map(
      ({ option: { spec }, value }) =>
        `--${spec.word ?? spec.name} ${/\s/u.test(String(value)) ? `"${value}"` : value}`,
    )
    .join(" ");
}
