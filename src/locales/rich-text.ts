/**
 * Text with a little form, before any platform's markup: adapters escape strings and draw the rest in their own way, so
 * that nothing a member typed can become a mention, a link or a heading. A line break is `\n` in a string.
 */
export type RichText = readonly Inline[];

export type Inline =
  | string
  | { readonly bold: RichText }
  | { readonly italic: RichText }
  /** Typed literally, such as a command. */
  | { readonly code: string }
  /** Names a member without calling them. */
  | { readonly member: string }
  /** Names a member and calls them: they are notified of a message that is new. */
  | { readonly call: string }
  /** Names a role or user group without calling its people. */
  | { readonly group: string }
  /** Names a channel. */
  | { readonly channel: string };

/**
 * The text without its form: for alt texts, notifications, logs and tests. Members stand as `@NAME` where their name is
 * known, else as `@ID`, groups as `@ID`, channels as `#ID`.
 */
export function plainTextOf(text: RichText, nameOf: (member: string) => string | null = () => null): string {
  return text
    .map((part) => {
      if (typeof part === "string") return part;
      if ("bold" in part) return plainTextOf(part.bold, nameOf);
      if ("italic" in part) return plainTextOf(part.italic, nameOf);
      if ("channel" in part) return `#${part.channel}`;
      if ("call" in part) return `@${nameOf(part.call) ?? part.call}`;
      if ("group" in part) return `@${part.group}`;
      return "code" in part ? part.code : `@${nameOf(part.member) ?? part.member}`;
    })
    .join("");
}

/** The members whom the text calls, each once. */
export function calledIn(text: RichText): readonly string[] {
  const called = text.flatMap((part): readonly string[] => {
    if (typeof part === "string") return [];
    if ("bold" in part) return calledIn(part.bold);
    if ("italic" in part) return calledIn(part.italic);
    return "call" in part ? [part.call] : [];
  });
  return [...new Set(called)];
}

/** Pieces joined by line breaks; empty ones are left out. */
export function linesOf(...lines: readonly (RichText | null)[]): RichText {
  const filled = lines.filter((line) => line !== null && line.length > 0) as readonly RichText[];
  return filled.flatMap((line, index) => (index === 0 ? line : ["\n", ...line]));
}
