import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { PackLicense } from "../pack.ts";
import { writePackFile } from "../write-file.ts";

const acceptedSchema = z.object({
  accepted: z.array(z.object({ id: z.string(), url: z.string(), pack: z.string(), at: z.string() })),
});
type Accepted = z.infer<typeof acceptedSchema>;

/** Where it is kept which licences were accepted. */
function fileIn(dataFolder: string): string {
  return join(dataFolder, "licenses.json");
}

/** Those of a pack's licences that nobody has accepted in this data folder. */
export async function licensesToAccept(
  licenses: readonly PackLicense[],
  dataFolder: string,
): Promise<PackLicense[]> {
  const { accepted } = await read(dataFolder);
  return licenses.filter(({ id, url }) => !accepted.some((known) => known.id === id && known.url === url));
}

/**
 * Keeps that licences were accepted, for which pack first and when.
 * @param now Milliseconds since 1970.
 * @throws EditError `disk-full`, `output-unwritable`
 */
export async function keepAccepted(
  licenses: readonly PackLicense[],
  pack: string,
  dataFolder: string,
  now: number,
): Promise<void> {
  if (licenses.length === 0) return;
  const { accepted } = await read(dataFolder);
  const at = new Date(now).toISOString();
  const more = licenses.map(({ id, url }) => ({ id, url, pack, at }));
  await writePackFile(
    fileIn(dataFolder),
    `${JSON.stringify({ accepted: [...accepted, ...more] }, null, 2)}\n`,
  );
}

/** A file that is not there or damaged counts as nothing accepted: asking again is no harm. */
async function read(dataFolder: string): Promise<Accepted> {
  const text = await readFile(fileIn(dataFolder), "utf8").catch(() => "");
  try {
    return acceptedSchema.parse(JSON.parse(text));
  } catch {
    return { accepted: [] };
  }
}
