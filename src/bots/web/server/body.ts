import type { IncomingMessage } from "node:http";
import { z } from "zod";
import { EditError } from "../../../errors.ts";

/** Bytes of a request that asks for something; pictures come by themselves. */
const most = 64 * 1024;
const longestMilliseconds = 10_000;

/**
 * The JSON of a request, checked.
 * @throws EditError `request-refused` of what is too long, too slow, no JSON, or not what is asked for there
 */
export async function readJson<Schema extends z.ZodType>(
  incoming: IncomingMessage,
  schema: Schema,
): Promise<z.output<Schema>> {
  if (!/^application\/json\b/i.test(incoming.headers["content-type"] ?? ""))
    throw refused("JSON", "another type");
  if (Number(incoming.headers["content-length"] ?? 0) > most) throw refused(`at most ${most} bytes`, "more");
  const parsed = schema.safeParse(jsonOf(await textOf(incoming)));
  if (parsed.success) return parsed.data;
  throw refused("a request as the page sends it", z.prettifyError(parsed.error).split("\n")[0] ?? "another");
}

async function textOf(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  const late = setTimeout(() => incoming.destroy(new Error("late")), longestMilliseconds);
  try {
    for await (const chunk of incoming) {
      bytes += chunk.length;
      if (bytes > most) throw refused(`at most ${most} bytes`, "more");
      chunks.push(chunk);
    }
  } finally {
    clearTimeout(late);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw refused("JSON", "something else");
  }
}

function refused(expected: string, got: string): EditError {
  return new EditError("request-refused", `Expected ${expected}, got ${got}.`);
}
