import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";

export const composePath = join(import.meta.dirname, "../../deploy/compose.yaml");

export interface Service {
  readonly image?: string;
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly volumes?: readonly string[];
  readonly profiles?: readonly string[];
  readonly stop_grace_period?: string;
  readonly [key: string]: unknown;
}

export interface ComposeFile {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, unknown>>;
  readonly configs: Readonly<Record<string, { readonly content: string }>>;
}

/** What Docker Compose makes of it with these variables, as far as the file goes: `${A}`, `${A:-b}`, `${A:+b}`, one in another. */
export function readCompose(variables: Readonly<Record<string, string>> = {}): ComposeFile {
  const text = readFileSync(composePath, "utf8");
  return parse(interpolated(text, variables), { merge: true });
}

function interpolated(text: string, variables: Readonly<Record<string, string>>): string {
  const innermost = /\$\{([A-Z0-9_]+)(?::([-+])([^${}]*))?\}/g;
  const once = text.replace(innermost, (_, name: string, kind: string | undefined, word: string = "") => {
    const value = variables[name] ?? "";
    if (kind === "+") return value === "" ? "" : word;
    return value === "" ? word : value;
  });
  return once === text ? text : interpolated(once, variables);
}
