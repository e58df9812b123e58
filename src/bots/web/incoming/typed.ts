import type { CommandSpec } from "../../commands/command-spec.ts";
import { type IdForms, parseCommandText } from "../../commands/parse-text.ts";
import { capabilities } from "../capabilities.ts";
import type { People } from "../people.ts";

/** How people and rooms are written: by name or by id, with a mark or without. */
const idForms: IdForms = {
  member: { marked: /^@([\p{L}\p{N}][\p{L}\p{N}._-]{0,39})$/u, bare: /^[\p{L}\p{N}][\p{L}\p{N}._-]{0,39}$/u },
  group: { marked: /^@@([A-Za-z0-9._-]{1,40})$/, bare: /^[A-Za-z0-9._-]{1,40}$/ },
  channel: { marked: /^#([A-Za-z0-9._-]{1,80})$/, bare: /^[A-Za-z0-9._-]{1,80}$/ },
};

/** A line that begins with a slash, as a command or as what is wrong with it. */
export type Typed =
  | {
      readonly kind: "command";
      readonly name: string;
      readonly options: Readonly<Record<string, string | number | boolean>>;
    }
  | {
      readonly kind: "misread";
      readonly got: string | null;
      readonly usages: readonly string[];
      readonly unknown: { readonly typed: string; readonly meant: string | null } | null;
    };

/** Reads what follows the slash; people who are named become their ids. */
export async function readTyped(line: string, specs: readonly CommandSpec[], people: People): Promise<Typed> {
  const parsed = parseCommandText(line, specs, idForms);
  if (parsed.failure !== null) {
    const { got, usages, unknown } = parsed.failure;
    return { kind: "misread", got, unknown, usages: usages.map((usage) => capabilities.typed(usage)) };
  }
  const spec = specs.find(({ name }) => name === parsed.name);
  const named = spec?.options.filter(({ kind }) => kind === "member") ?? [];
  const found = await Promise.all(
    named.map(async ({ name }) => [name, await people.idNamed(String(parsed.options[name] ?? ""))] as const),
  );
  const ids = Object.fromEntries(found.flatMap(([name, id]) => (id === null ? [] : [[name, id]])));
  return { kind: "command", name: parsed.name, options: { ...parsed.options, ...ids } };
}
