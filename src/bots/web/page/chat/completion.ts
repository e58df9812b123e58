import type { PageCommand, PageOption } from "../../protocol.ts";

/** Something that can stand at the caret. */
export interface Suggestion {
  /** As it is shown: `/admin pause`, `seed:`. */
  readonly label: string;
  readonly description: string;
  /** The whole line with it taken over. */
  readonly line: string;
  /** Where the caret stands then. */
  readonly caret: number;
}

/**
 * What a line that is being typed can go on with: names of commands, then options, then an option's choices. None where the
 * line is no command, inside quotes, or where what is typed is a value of one's own.
 */
export function suggestionsFor(
  line: string,
  caret: number,
  commands: readonly PageCommand[],
): readonly Suggestion[] {
  const before = line.slice(0, caret);
  if (!before.startsWith("/") || isInQuotes(before)) return [];
  const command = commandIn(before, commands);
  const replace = (start: number, text: string): Pick<Suggestion, "line" | "caret"> => ({
    // Of two spaces one is enough.
    line: line.slice(0, start) + text + line.slice(caret).replace(/^ /, text.endsWith(" ") ? "" : " "),
    caret: start + text.length,
  });
  if (!command) {
    const typed = before.slice(1).toLowerCase();
    return commands
      .filter(({ name }) => name.startsWith(typed))
      .map(({ name, description }) => ({ label: `/${name}`, description, ...replace(0, `/${name} `) }));
  }
  const start = before.search(/\S*$/);
  const word = before.slice(start);
  const given = namesIn(before.slice(command.name.length + 1, start), command.options);
  const begun = valueIn(before, command.options);
  if (begun) {
    const { option, value } = begun;
    return option.choices
      .filter((choice) => choice.toLowerCase().startsWith(value.toLowerCase()) && choice !== value)
      .map((choice) => ({
        label: choice,
        description: option.description,
        ...replace(caret - value.length, `${choice} `),
      }));
  }
  return command.options
    .filter(({ kind, name }) => kind !== "picture" && !given.has(name) && name.startsWith(word.toLowerCase()))
    .map((each) => {
      const isQuoted = each.kind === "text" && each.choices.length === 0;
      const text = each.kind === "flag" ? `${each.name} ` : `${each.name}:${isQuoted ? '""' : ""}`;
      const taken = replace(start, text);
      return {
        label: each.kind === "flag" ? each.name : `${each.name}:${formOf(each)}`,
        description: each.description,
        line: taken.line,
        // Between the quotes.
        caret: isQuoted ? taken.caret - 1 : taken.caret,
      };
    });
}

/** The command whose name stands whole before the caret, with a space after it: the longest one. */
export function commandIn(before: string, commands: readonly PageCommand[]): PageCommand | null {
  const fitting = commands.filter(({ name }) => before.toLowerCase().startsWith(`/${name} `));
  return fitting.toSorted((a, b) => b.name.length - a.name.length)[0] ?? null;
}

/** The option whose value is being typed, as `where:le` or `--where le`, and what stands of it; `null` where none is. */
function valueIn(
  before: string,
  options: readonly PageOption[],
): { readonly option: PageOption; readonly value: string } | null {
  const [, dashed, named, value = ""] = /(?:^|\s)(?:--([a-z]+)(?:\s+|=)|([a-z]+):)(\S*)$/i.exec(before) ?? [];
  const name = (dashed ?? named)?.toLowerCase();
  const option = options.find((each) => each.name === name && each.kind !== "flag");
  return option ? { option, value } : null;
}

function formOf({ kind, range, choices }: PageOption): string {
  if (kind === "choice") return choices.join("|");
  if (choices.length > 0) return `${choices.join("|")}|…`;
  if (kind === "whole" && range) return `${range[0]}–${range[1]}`;
  return kind === "text" ? '"…"' : kind === "member" ? "@…" : "…";
}

function isInQuotes(text: string): boolean {
  return (text.match(/"/g) ?? []).length % 2 === 1;
}

/** Options that are given already; what stands in quotes names none. */
function namesIn(text: string, options: readonly PageOption[]): ReadonlySet<string> {
  const words = text.replace(/"[^"]*"/g, '""').split(/\s+/);
  return new Set(
    options
      .filter(({ name, kind }) =>
        words.some((word) => (kind === "flag" ? word === name : word.startsWith(`${name}:`))),
      )
      .map(({ name }) => name),
  );
}
