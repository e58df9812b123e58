import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";

const evalPrompt = z.object({
  file: z.string(),
  kind: z.enum(["replace", "add"]),
  prompt: z.string(),
  target: z.string(),
  /** What the picture shows, in words. */
  caption: z.string(),
  source: z.string().optional(),
  box: z.object({ left: z.int(), top: z.int(), width: z.int(), height: z.int() }).optional(),
});

/** A picture of the embedded pack's `eval/`, what to paint, and where the thing to replace lies. */
export type EvalPicture = z.infer<typeof evalPrompt> & { readonly path: string };

/** The first `count` pictures of `eval/prompts.jsonl`. */
export async function readEvalPictures(folder: string, count: number): Promise<EvalPicture[]> {
  const lines = (await readFile(join(folder, "prompts.jsonl"), "utf8")).trim().split("\n");
  return lines.slice(0, count).map((line) => {
    const entry = evalPrompt.parse(JSON.parse(line));
    return { ...entry, path: join(folder, entry.file) };
  });
}
