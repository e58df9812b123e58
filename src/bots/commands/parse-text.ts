import { nearName } from "../near-name.ts";
import { type CommandSpec, type IdKind, type OptionSpec, usageOf, usageOfOption } from "./command-spec.ts";

// Commands that are typed as one line of text, where a platform has no options of its own:
// `admin limits waiting:3 per_day:20 member:@bob`, `admin pause cuda:0`, `edit "a big tree" overlay`.

/** A command with its options, by name, or why the line is none. */
export type ParsedCommand =
  | {
      readonly name: string;
      readonly options: Readonly<Record<string, string | number | boolean>>;
      readonly failure: null;
    }
  | { readonly failure: ParseFailure };

/** How a platform writes what it has ids for: with a mark that tells the kind, the id captured, or as the id alone. */
export type IdForms = Readonly<Record<IdKind, { readonly marked: RegExp; readonly bare: RegExp }>>;

/** Why a line could not be understood. */
export interface ParseFailure {
  /** `unknown`: no command begins like this. `incomplete`: a subcommand is missing or unknown. `options`: what follows is wrong. */
  readonly kind: "unknown" | "incomplete" | "options";
  /** `Expected ..., got ...`. */
  readonly problem: string;
  /** The part that was wrong, as it was typed; `null` where something is missing. */
  readonly got: string | null;
  /** How the commands that may have been meant are typed; empty where none comes near. */
  readonly usages: readonly string[];
  /** Where no command begins like this: what was typed for one, and the name that was most likely meant. */
  readonly unknown: { readonly typed: string; readonly meant: string | null } | null;
}

/**
 * Reads a line by the commands' specs. An option is given as `name:value`, a flag by its name alone; what stands without a
 * name is taken by the first free option that it can belong to. Values may stand in straight or curly quotes. Members,
 * groups and channels are written as the platform writes them, or as bare ids, and become their ids.
 */
export function parseCommandText(
  text: string,
  specs: readonly CommandSpec[],
  idForms: IdForms,
): ParsedCommand {
  const words = wordsOf(text);
  const spec = specNamedBy(words, specs);
  if (!spec) return { failure: unknownCommand(words, specs) };
  const given = words.slice(spec.name.split(" ").length);
  const options: Record<string, string | number | boolean> = {};
  try {
    fill(options, given, spec, idForms);
    for (const option of spec.options) {
      // A picture cannot be typed: whoever handles the command asks for it.
      if (option.isRequired === true && option.kind !== "picture" && !(option.name in options)) {
        throw new Misread(usageOfOption(option), null);
      }
    }
  } catch (error) {
    if (!(error instanceof Misread)) throw error;
    const { message: problem, got } = error;
    return { failure: { kind: "options", problem, got, usages: [usageOf(spec)], unknown: null } };
  }
  return { name: spec.name, options, failure: null };
}

/** A line's word: what stood in quotes is one, and is never a name or a flag. */
interface Word {
  /** Before the colon, where there is one and the name is not in quotes. */
  readonly name: string | null;
  readonly value: string;
  readonly isQuoted: boolean;
  /** As it was typed, without quotes. */
  readonly whole: string;
}

class Misread extends Error {
  readonly got: string | null;

  constructor(expected: string, got: string | null) {
    super(`Expected ${expected}, got ${got ?? "nothing"}.`);
    this.got = got;
  }
}

const quotes = `"“”„‟«»`;
const wordPattern = new RegExp(
  String.raw`(?:([A-Za-z_]+):)?(?:[${quotes}]([^${quotes}]*)[${quotes}]|'([^']*)'(?=\s|$)|‘([^’]*)’(?=\s|$))|\S+`,
  "gu",
);

function wordsOf(text: string): readonly Word[] {
  return [...text.matchAll(wordPattern)].map(([whole, name, double, single, curly]) => {
    const quoted = double ?? single ?? curly;
    if (quoted !== undefined) {
      return {
        name: name ?? null,
        value: quoted,
        isQuoted: true,
        whole: name ? `${name}:${quoted}` : quoted,
      };
    }
    const [, before, value] = /^([A-Za-z_]+):(.*)$/su.exec(whole) ?? [];
    return { name: before ?? null, value: value ?? whole, isQuoted: false, whole };
  });
}

function specNamedBy(words: readonly Word[], specs: readonly CommandSpec[]): CommandSpec | null {
  const fits = ({ name }: CommandSpec) =>
    name.split(" ").every((part, index) => words[index]?.whole.toLowerCase() === part);
  // The longest name: `admin queue` comes before `admin`.
  return specs.filter(fits).toSorted((a, b) => b.name.length - a.name.length)[0] ?? null;
}

function unknownCommand(words: readonly Word[], specs: readonly CommandSpec[]): ParseFailure {
  const first = words[0]?.whole.toLowerCase() ?? "";
  const below = specs.filter(({ name }) => name.startsWith(`${first} `));
  const isGroup = below.length > 0;
  const candidates = isGroup ? below : specs;
  const typed = words.slice(0, isGroup ? 2 : 1).map(({ whole }) => whole);
  const part = isGroup ? 1 : 0;
  const wrong = typed[part] ?? null;
  const names = [...new Set(candidates.flatMap(({ name }) => name.split(" ")[part] ?? []))];
  const meant = wrong === null ? null : nearName(wrong.toLowerCase(), names);
  const near = candidates.filter(({ name }) => meant !== null && name.split(" ")[part] === meant);
  return {
    kind: isGroup ? "incomplete" : "unknown",
    problem: `Expected ${candidates.map(({ name }) => name).join(", ")}, got ${typed.join(" ") || "nothing"}.`,
    got: isGroup ? wrong : (typed[0] ?? null),
    usages: (near.length > 0 ? near : below).map(usageOf),
    unknown: wrong === null ? null : { typed: typed.join(" "), meant },
  };
}

function fill(
  options: Record<string, string | number | boolean>,
  words: readonly Word[],
  { options: known }: CommandSpec,
  idForms: IdForms,
): void {
  const set = (option: OptionSpec, value: string) => {
    if (option.name in options) throw new Misread(`one ${option.name}`, value);
    options[option.name] = readValue(option, value, idForms);
  };
  const loose: Word[] = [];
  for (let index = 0; index < words.length; index++) {
    const word = words[index];
    if (!word) continue;
    const named = known.find(({ name, kind }) => name === word.name?.toLowerCase() && kind !== "picture");
    const flag = known.find(({ name, kind }) => kind === "flag" && name === word.whole.toLowerCase());
    const dashed = word.isQuoted ? undefined : known.find((option) => isDashed(word.whole, option));
    if (dashed && words[index + 1]) {
      const rest = words.slice(index + 1);
      const end = rest.findIndex(
        ({ whole, isQuoted }) => !isQuoted && known.some((each) => isDashed(whole, each)),
      );
      const isLong = dashed.kind === "text" && dashed.known === undefined && rest[0]?.isQuoted !== true;
      const taken = isLong ? rest.slice(0, end < 0 ? rest.length : end) : rest.slice(0, 1);
      set(dashed, taken.map(({ whole }) => whole).join(" "));
      index += taken.length;
    } else if (flag && !word.isQuoted) set(flag, "true");
    else if (!named) loose.push(word);
    else if (word.value === "" && !word.isQuoted) {
      index += 1;
      set(named, words[index]?.whole ?? "");
    } else set(named, word.value);
  }
  for (const [index, word] of loose.entries()) {
    const free = known.filter(
      ({ name, kind, isNamed }) => !(name in options) && kind !== "picture" && isNamed !== true,
    );
    const option = optionFor(word, free, idForms);
    if (!option) {
      const names = free.map(usageOfOption).join(", ") || "nothing more";
      throw new Misread(names, word.whole);
    }
    if (option.kind !== "text") {
      set(option, word.whole);
      continue;
    }
    // Text takes the rest of the line, unless it stands in quotes.
    if (word.isQuoted) set(option, word.whole);
    else {
      const rest = loose.slice(index).map(({ whole }) => whole);
      set(option, rest.join(" "));
      return;
    }
  }
}

/** `--no`, `--seed`. */
function isDashed(word: string, { name, word: short = name }: OptionSpec): boolean {
  return word.startsWith("--") && [name, short].includes(word.slice(2).toLowerCase());
}

/** The option that a word without a name belongs to; `null` where there is none or more than one is as likely. */
function optionFor(
  { whole, isQuoted }: Word,
  free: readonly OptionSpec[],
  idForms: IdForms,
): OptionSpec | null {
  const ofKind = <Kind extends OptionSpec["kind"]>(kind: Kind) =>
    free.filter((option): option is Extract<OptionSpec, { kind: Kind }> => option.kind === kind);
  if (isQuoted) return ofKind("text")[0] ?? null;
  for (const kind of ["member", "group", "channel"] as const) {
    if (idForms[kind].marked.test(whole)) return ofKind(kind)[0] ?? null;
  }
  const choice = ofKind("choice").find(({ choices }) => choices.includes(whole.toLowerCase()));
  if (choice) return choice;
  const wholes = ofKind("whole");
  const texts = ofKind("text");
  if (/^-?\d+$/.test(whole) && wholes.length === 1 && texts.length === 0) return wholes[0] ?? null;
  if (texts[0]) return texts[0];
  const others = free.filter(({ kind }) => kind !== "flag");
  return others.length === 1 ? (others[0] ?? null) : null;
}

function readValue(option: OptionSpec, value: string, idForms: IdForms): string | number | boolean {
  const refuse = () => new Misread(usageOfOption(option), value || null);
  switch (option.kind) {
    case "text":
      if (value === "" || value.length > option.maxLength) throw refuse();
      return value;
    case "choice":
      if (!option.choices.includes(value.toLowerCase())) throw refuse();
      return value.toLowerCase();
    case "flag":
      if (/^(?:true|yes|on|1)$/i.test(value)) return true;
      if (/^(?:false|no|off|0)$/i.test(value)) return false;
      throw refuse();
    case "whole": {
      const number = /^\d+$/.test(value) ? Number(value) : Number.NaN;
      const [from, to] = option.range;
      if (!(number >= from && number <= to)) throw refuse();
      return number;
    }
    case "member":
    case "group":
    case "channel": {
      const forms = idForms[option.kind];
      const id = forms.marked.exec(value)?.[1] ?? forms.bare.exec(value)?.[0];
      if (!id) throw refuse();
      return id;
    }
    case "picture":
      throw refuse();
  }
}
