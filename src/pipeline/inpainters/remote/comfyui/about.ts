import { z } from "zod";
import { EditError } from "../../../../errors.ts";
import { parseLooseJson, readTextFile } from "../../../../packs/text-file.ts";

const url = z.url({ protocol: /^https$/ });

const aboutSchema = z.strictObject({
  /** Model, size, and what it was distilled to. */
  title: z.string(),
  license: z.strictObject({
    id: z.string(),
    /** Where its text is. */
    url,
    /** The gist, in a sentence or two. */
    says: z.string(),
  }),
  /** The graphics card that it takes. */
  card: z.strictObject({
    /** Memory of the smallest card that it is known, or said, to fit. */
    gigabytes: z.number().positive(),
    /** What that is known by. */
    says: z.string(),
    url,
  }),
  /** Sides of frames and boxes, in pixels: those of what the transformer calls a token. */
  multiple: z.int().min(1).max(64),
  /** Files that its nodes name, and where each is to be had. */
  models: z.array(
    z.strictObject({
      /** In ComfyUI's `models/`. */
      folder: z.string(),
      file: z.string(),
      url,
    }),
  ),
});

/** What stands beside a workflow that ships: licence, card, and where its models are to be had. */
export type AboutWorkflow = z.infer<typeof aboutSchema>;

/**
 * Reads `NAME.about.json` beside the workflow `NAME.json`; `null` where there is none.
 * @throws EditError `workflow-invalid` where it is of another form
 */
export async function readAbout(workflowFile: string): Promise<AboutWorkflow | null> {
  const file = workflowFile.replace(/(\.json)?$/, ".about.json");
  const text = await readTextFile(file).catch((error: unknown) => {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  });
  if (text === null) return null;
  const parsed = aboutSchema.safeParse(parseLooseJson(text));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new EditError(
    "workflow-invalid",
    `Expected ${file} to say what docs/remote.md says, got ${issue?.path.join(".") || "another form"}: ${issue?.message}.`,
  );
}
