import { z } from "zod";
import { EditError } from "./errors.ts";
import {
  anchorOrigins,
  chooserNames,
  type EditRequest,
  estimators,
  maskModes,
  methodNames,
  rankRules,
  safetyPolicies,
  structureNorms,
} from "./types.ts";

/** Characters a prompt may have at most, as Unicode code points. */
export const promptLimit = 1000;

/**
 * Control characters (line breaks and tabs too: a prompt is one sentence), noncharacters, and all that is drawn
 * without a sign of its own: bidirectional marks, characters without width, fillers, tags.
 */
const forbidden =
  /[\p{Cc}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}\ufff9-\ufffb]/u;

/** Scripts in whose words the joiners U+200C and U+200D decide how letters are drawn (Persian, Hindi, Sinhala ...). */
const joiningScripts = "Arab Syrc Mong Deva Beng Guru Gujr Orya Taml Telu Knda Mlym Sinh Khmr Mymr Tibt"
  .split(" ")
  .map((script) => `\\p{Script_Extensions=${script}}`)
  .join("");

/** Invisible characters that ordinary writing needs, one at a time, where it needs them. */
const ordinary = new RegExp(
  [
    // Inside an emoji of several: a family, a flag of the rainbow.
    "(?<=\\p{Extended_Pictographic}|\\p{Emoji_Modifier}|\\ufe0f)\\u200d(?=\\p{Extended_Pictographic})",
    // The flags of England, Scotland, Wales.
    "(?<=\\u{1f3f4})[\\u{e0061}-\\u{e007a}]{4,6}\\u{e007f}",
    // Another shape of the sign before: an emoji in colour, a variant of a Chinese or Mongolian character.
    "(?<=[\\p{L}\\p{N}\\p{S}\\p{P}])[\\ufe00-\\ufe0f\\u180b-\\u180d\\u180f\\u{e0100}-\\u{e01ef}]",
    `(?<=[${joiningScripts}])[\\u200c\\u200d]`,
  ].join("|"),
  "gu",
);

/** `U+200B`: the first character that may not stand in a text; `null` where all may. */
function forbiddenIn(value: string): string | null {
  if (!value.isWellFormed()) return "half a character";
  const [found] = forbidden.exec(value.replace(ordinary, "")) ?? [];
  return found === undefined
    ? null
    : `U+${found.codePointAt(0)?.toString(16).toUpperCase().padStart(4, "0")}`;
}

/** The text without characters that a request may not have; joiners and emoji that ordinary writing needs stay. */
export function withoutInvisible(value: string): string {
  const kept = new RegExp(`(?:${ordinary.source})|(${forbidden.source})`, "gu");
  return value
    .toWellFormed()
    .replace(kept, (found, invisible?: string) => (invisible === undefined ? found : ""));
}

/** Scripts that write no spaces and may mark the end of a word by U+200B, which nobody sees and no network needs. */
const spacelessScripts = "Khmr Thai Laoo Mymr Tibt Bali Java Lana Talu Tavt Cham"
  .split(" ")
  .map((script) => `\\p{Script_Extensions=${script}}`)
  .join("");
const endOfWord = new RegExp(`(?<=[${spacelessScripts}])\\u200b|\\u200b(?=[${spacelessScripts}])`, "gu");

/** The text as every way to ask for an edit reads it: one space between words, and none where a script has none. */
export function tidyText(value: string): string {
  return value
    .replace(endOfWord, "")
    .replace(/\p{Zs}+/gu, " ")
    .replace(/^ | $/g, "");
}

const text = (name: string) =>
  z
    .string()
    .transform(tidyText)
    .refine((value) => forbiddenIn(value) === null, {
      params: { code: "prompt-characters" },
      error: (issue) =>
        `Expected ${name} without control or invisible characters, got ${forbiddenIn(String(issue.input))}.`,
    })
    .refine((value) => [...value].length <= promptLimit, {
      params: { code: "prompt-too-long" },
      error: (issue) =>
        `Expected ${name} of at most ${promptLimit} characters, got ${[...String(issue.input)].length}.`,
    });

const number = (name: string, low: number, high: number, kind: "whole" | "real" = "real") => {
  const error = (issue: { input?: unknown }) =>
    `Expected ${name} to be a ${kind === "whole" ? "whole number" : "number"} from ${low} to ${high}, got ${issue.input}.`;
  const fits = (value: number) =>
    value >= low && value <= high && (kind === "real" || Number.isSafeInteger(value));
  return z.number({ error }).refine(fits, { error });
};

const percent = (name: string, low: number) => number(`${name} in per cent`, low, 100);

const partSchema = z
  .strictObject({
    left: percent("the part's left", 0),
    top: percent("the part's top", 0),
    width: percent("the part's width", 1),
    height: percent("the part's height", 1),
  })
  .refine(({ left, top, width, height }) => left + width <= 100 && top + height <= 100, {
    error: (issue) => `Expected a part inside the picture in per cent, got ${JSON.stringify(issue.input)}.`,
  });

const settingsSchema = z.strictObject({
  anchors: number("anchors", 1, 64, "whole").default(8),
  proposals: number("proposals", 1, 31, "whole").default(7),
  seed: number("seed", 0, 2 ** 32 - 1, "whole").default(0),
  steps: number("steps", 1, 1000, "whole").nullable().default(null),
  draftSteps: number("draft steps", 1, 1000, "whole").nullable().default(null),
  budget: number("budget", 2, 10_000).default(14),
  strength: number("strength", 0.01, 1).nullable().default(null),
  guidance: number("guidance", 0, 50).nullable().default(null),
  inpainter: z
    .string()
    .min(1, { error: "Expected the name of an editing model, got an empty one." })
    .nullable()
    .default(null),
  method: z.enum(methodNames).nullable().default(null),
  withRegion: z.boolean().default(false),
  chooser: z.enum(chooserNames).default("learned"),
  estimator: z.enum(estimators).default("expected"),
  structureNorm: z.enum(structureNorms).default("rms"),
  anchorSpacing: number("anchor spacing", 0, 100_000).nullable().default(null),
  anchorsFrom: z.enum(anchorOrigins).default("source"),
  where: partSchema.nullable().default(null),
  rank: z.enum(rankRules).default("guarded"),
  mask: z.enum(maskModes).default("auto"),
});

const boxSchema = z.strictObject({
  left: number("the box's left", 0, 1e6, "whole"),
  top: number("the box's top", 0, 1e6, "whole"),
  width: number("the box's width", 1, 1e6, "whole"),
  height: number("the box's height", 1, 1e6, "whole"),
});

const requestSchema = z.strictObject({
  image: z.string().min(1, { error: "Expected the path of a picture, got an empty one." }),
  prompt: text("a prompt").refine((value) => value.length > 0, {
    params: { code: "prompt-empty" },
    error: "Expected a prompt that says what to paint, got an empty one.",
  }),
  source: text("a source noun")
    .nullable()
    .default(null)
    .transform((value) => value || null),
  negative: text("a negative prompt").default(""),
  reference: z.string().min(1, { error: "Expected the path of a reference, got an empty one." }).optional(),
  pack: z.string().default("mini"),
  box: boxSchema.nullable().default(null),
  settings: settingsSchema.prefault({}),
  safety: z.enum(safetyPolicies).default("off"),
  refusesNewlyUnsafe: z.boolean().default(false),
  previews: z.boolean().default(false),
});

/** What `parseEditRequest` takes: an `EditRequest` in which all but the picture and the prompt may be left out. */
export type EditRequestInput = z.input<typeof requestSchema>;

/**
 * Checks what a person asked for, before anything is spent on it, and fills in the defaults.
 * @throws EditError `prompt-empty`, `prompt-too-long`, `prompt-characters`, `setting-out-of-range`
 */
export function parseEditRequest(input: EditRequestInput): EditRequest {
  const parsed = requestSchema.safeParse(input);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const code = issue?.code === "custom" ? issue.params?.code : undefined;
  const coded = z.enum(["prompt-empty", "prompt-too-long", "prompt-characters"]).safeParse(code);
  throw new EditError(coded.success ? coded.data : "setting-out-of-range", messageOf(issue, input), {
    cause: parsed.error,
    setting: settingOf(issue),
  });
}

/** `steps`; a box is one setting, and so is a part of the picture. */
function settingOf(issue: z.core.$ZodIssue | undefined): string {
  const path = (issue?.path ?? []).map(String);
  if (path[1] === "where") return "where";
  return path[0] === "box" ? "box" : (path.at(-1) ?? "");
}

function messageOf(issue: z.core.$ZodIssue | undefined, input: unknown): string {
  if (!issue) return "Expected a request for an edit, got something else.";
  if (issue.message.startsWith("Expected ")) return issue.message;
  const value = issue.path.reduce<unknown>(
    (at, key) => (at instanceof Object ? Reflect.get(at, key) : undefined),
    input,
  );
  const wanted = issue.code === "invalid_value" ? `one of ${issue.values.join(", ")}` : `a valid value`;
  return `Expected ${issue.path.join(".") || "the request"} to be ${wanted}, got ${JSON.stringify(value)}.`;
}
