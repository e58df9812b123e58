import type { Inline, RichText } from "../../../locales/rich-text.ts";

/** Characters of a message's text: https://discord.com/developers/docs/resources/message#create-message */
export const maxContentLength = 2000;

/**
 * RichText as Discord's markdown, where nothing in a string becomes markup: no mention, link, emoji, heading, quote or
 * list. What is longer than `limit` (UTF-16 units) ends in an ellipsis, with every mark closed.
 */
export function markdownOf(text: RichText, limit = maxContentLength): string {
  const pieces = piecesOf(text, { at: "line-start" });
  const whole = pieces.map(({ markup }) => markup).join("");
  return whole.length <= limit ? whole : cut(pieces, limit);
}

/** A piece of markup that is written whole or not at all; `opens` and `closes` stand around what lies between. */
interface Piece {
  readonly markup: string;
  readonly kind: "text" | "opens" | "closes";
}

/** Where the next character comes to stand: Discord reads headings, quotes and lists at the start of a line alone. */
interface Pen {
  at: "line-start" | "line-number" | "inside";
}

function piecesOf(text: RichText, pen: Pen): Piece[] {
  return text.flatMap((part) => inlinePieces(part, pen));
}

function inlinePieces(part: Inline, pen: Pen): Piece[] {
  if (typeof part === "string") return escaped(part, pen);
  if ("bold" in part) return marked("**", part.bold, pen);
  if ("italic" in part) return marked("_", part.italic, pen);
  if ("code" in part) return code(part.code, pen);
  const [sign, id] = namedIn(part);
  if (!/^\d{15,22}$/.test(id)) return escaped(`${sign.slice(0, 1)}${id}`, pen);
  pen.at = "inside";
  return [{ markup: `<${sign}${id}>`, kind: "text" }];
}

function namedIn(
  part: Extract<Inline, { channel: string } | { member: string } | { call: string } | { group: string }>,
) {
  if ("channel" in part) return ["#", part.channel] as const;
  if ("call" in part) return ["@", part.call] as const;
  return "group" in part ? (["@&", part.group] as const) : (["@", part.member] as const);
}

/** A mark holds only where it touches a letter: white space at either end is moved out of it. */
function marked(mark: string, text: RichText, pen: Pen): Piece[] {
  const inner = piecesOf(text, pen);
  const first = inner.findIndex((piece) => !isBlank(piece));
  const last = inner.findLastIndex((piece) => !isBlank(piece));
  if (first < 0) return inner;
  return [
    ...inner.slice(0, first),
    { markup: mark, kind: "opens" },
    ...inner.slice(first, last + 1),
    { markup: mark, kind: "closes" },
    ...inner.slice(last + 1),
  ];
}

const isBlank = ({ markup, kind }: Piece) => kind === "text" && markup.trim() === "";

/** Nothing can be escaped in code, so a backtick in it stands as its look-alike, U+02CB. */
function code(text: string, pen: Pen): Piece[] {
  const characters = [...text.replaceAll("`", "ˋ").replace(/\s+/gu, " ").trim()];
  if (characters.length === 0) return [];
  pen.at = "inside";
  return [
    { markup: "`", kind: "opens" },
    ...characters.map((markup): Piece => ({ markup, kind: "text" })),
    { markup: "`", kind: "closes" },
  ];
}

function escaped(text: string, pen: Pen): Piece[] {
  let offset = 0;
  return [...text].map((character) => {
    const isEscaped = isSpecial(character, pen) || (character === ":" && isAddressOrEmoji(text, offset));
    offset += character.length;
    pen.at = nextPosition(character, pen);
    return { markup: isEscaped ? `\\${character}` : character, kind: "text" };
  });
}

/** Emphasis, code, spoilers, links, mentions; at the start of a line `# `, `- `, `-# `, `+ ` and `1. ` as well. */
function isSpecial(character: string, pen: Pen): boolean {
  if ("\\*_~`|<>[]@".includes(character)) return true;
  if (pen.at === "line-start") return "#-+".includes(character);
  return pen.at === "line-number" && ".)".includes(character);
}

/** The colon of `https://` or of `:smile:`. */
function isAddressOrEmoji(text: string, offset: number): boolean {
  return /^:(?:\/\/|[\w~+-]+:)/.test(text.slice(offset, offset + 40));
}

function nextPosition(character: string, pen: Pen): Pen["at"] {
  if (character === "\n") return "line-start";
  if (pen.at === "inside") return "inside";
  if (/\d/.test(character)) return "line-number";
  return pen.at === "line-start" && /\s/u.test(character) ? "line-start" : "inside";
}

const ellipsis = "…";

function cut(pieces: readonly Piece[], limit: number): string {
  const open: string[] = [];
  let markup = "";
  let shortened = "";
  for (const piece of pieces) {
    if (piece.kind === "opens") open.push(piece.markup);
    if (piece.kind === "closes") open.pop();
    markup += piece.markup;
    const ended = markup + ellipsis + open.toReversed().join("");
    if (ended.length > limit) break;
    // An ellipsis right behind an opened mark belongs before it.
    if (piece.kind !== "opens") shortened = ended;
  }
  return shortened;
}
