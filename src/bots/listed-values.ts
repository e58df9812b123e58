import type { OptionSpec } from "./commands/command-spec.ts";

/** Values of an option that can be listed, where there are such; others may stand in a `text` too. */
export function listedValues(option: OptionSpec): readonly string[] {
  if (option.kind === "text") return option.known ?? [];
  return option.kind === "choice" ? option.choices : [];
}
