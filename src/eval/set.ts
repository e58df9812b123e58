import { readFile, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { z } from "zod";
import { EditError } from "../errors.ts";
import { promptLimit } from "../request.ts";
import type { Box } from "../types.ts";

/** One picture of a set, and what is to be painted. */
export interface SetPicture {
  /** As `prompts.jsonl` names it, relative to the set's folder. */
  readonly file: string;
  /** Absolute. */
  readonly path: string;
  /** Its line in `prompts.jsonl`, from 1. */
  readonly line: number;
  readonly prompt: string;
  /** The thing that is to be replaced; `null` where something is added, or nobody says. */
  readonly source: string | null;
  /** Where that thing lies, in pixels of the upright picture. */
  readonly box: Box | null;
  /** What results are asked to show, a noun; `null` where nobody says. */
  readonly target: string | null;
  /** What the picture shows, in words; `null` where nobody says. */
  readonly caption: string | null;
  /** A group that figures are also given for, such as `replace`; `null` for none. */
  readonly kind: string | null;
  /** The prompt may be read in several ways: counted apart. */
  readonly isAmbiguous: boolean;
}

const whole = z.int().nonnegative();
const lineSchema = z.object({
  file: z
    .string()
    .min(1)
    .regex(/^(?!\/)(?!.*(^|\/)\.\.(\/|$))[^\\]+$/, "a path inside the set's folder"),
  prompt: z
    .string()
    .trim()
    .min(1)
    .refine((text) => [...text].length <= promptLimit, `at most ${promptLimit} characters`),
  source: z.string().trim().min(1).nullish(),
  box: z.object({ left: whole, top: whole, width: z.int().positive(), height: z.int().positive() }).nullish(),
  target: z.string().trim().min(1).nullish(),
  caption: z.string().trim().min(1).nullish(),
  kind: z.string().trim().min(1).nullish(),
  ambiguous: z.boolean().default(false),
});

/** The name of the file that makes a folder of pictures a set. */
export const promptsFile = "prompts.jsonl";

/**
 * Reads a set: a folder of pictures and a `prompts.jsonl` with an object a line: `file` and `prompt`, and, where they are known,
 * `source`, `box`, `target`, `caption`, `kind` and `ambiguous`. Empty lines are passed over; other keys are left alone. Each picture must be there; none
 * is opened.
 * @throws EditError `set-invalid`, naming the line
 */
export async function readSet(folder: string): Promise<SetPicture[]> {
  const path = join(resolve(folder), promptsFile);
  const text = await readFile(path, "utf8").catch((cause: unknown) => {
    throw new EditError(
      "set-invalid",
      `Expected a set's ${promptsFile} at ${path}, got ${reasonOf(cause)}.`,
      {
        cause,
      },
    );
  });
  const pictures: SetPicture[] = [];
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() !== "") pictures.push(await pictureOf(line, index + 1, path, resolve(folder)));
  }
  if (pictures.length > 0) return pictures;
  throw new EditError("set-invalid", `Expected a picture a line in ${path}, got an empty file.`);
}

/**
 * The same pictures in an order whose every beginning holds the kinds of the set in its proportion, so that the first few of them stand
 * for all. Pictures of one kind keep their order.
 */
export function spreadKinds(pictures: readonly SetPicture[]): SetPicture[] {
  const sizes = new Map<string | null, number>();
  const ranked = pictures.map((picture) => {
    const rank = sizes.get(picture.kind) ?? 0;
    sizes.set(picture.kind, rank + 1);
    return { picture, rank };
  });
  return ranked
    .map(({ picture, rank }) => ({ picture, at: (rank + 0.5) / (sizes.get(picture.kind) ?? 1) }))
    .sort((one, other) => one.at - other.at || one.picture.line - other.picture.line)
    .map(({ picture }) => picture);
}

async function pictureOf(text: string, line: number, book: string, folder: string): Promise<SetPicture> {
  const parsed = lineSchema.safeParse(jsonOf(text, line, book));
  if (!parsed.success) throw lineError(book, line, wanted, wrongIn(parsed.error));
  const { file, prompt, source, box, target, caption, kind, ambiguous } = parsed.data;
  const path = join(folder, file);
  const found = await stat(path).catch((cause: unknown) => {
    throw lineError(book, line, `the picture ${file}`, reasonOf(cause));
  });
  if (!found.isFile()) throw lineError(book, line, `the picture ${file}`, "a folder");
  return {
    ...{ file, path, line, prompt, isAmbiguous: ambiguous },
    source: source ?? null,
    box: box ?? null,
    target: target ?? null,
    caption: caption ?? null,
    kind: kind ?? null,
  };
}

const wanted = 'an object such as {"file": "a.png", "prompt": "a red fox"}';

function jsonOf(text: string, line: number, book: string): unknown {
  try {
    return JSON.parse(text.replace(/^\ufeff/, ""));
  } catch (cause) {
    throw lineError(book, line, wanted, `no JSON (${cause instanceof Error ? cause.message : cause})`);
  }
}

/** A refusal of one line of a set. */
export function lineError(book: string, line: number, expected: string, got: string): EditError {
  return new EditError("set-invalid", `Expected ${expected} in line ${line} of ${book}, got ${got}.`);
}

function wrongIn(error: z.ZodError): string {
  const [issue] = error.issues;
  return issue ? `${issue.path.join(".") || "another value"}: ${issue.message}` : "another value";
}

function reasonOf(cause: unknown): string {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : String(cause);
  return code === "ENOENT" ? "no such file" : code;
}
