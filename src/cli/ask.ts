import { createInterface } from "node:readline/promises";
import type { Readable, Writable } from "node:stream";
import { throwIfCancelled } from "../errors.ts";

export interface AskOptions {
  readonly input: Readable;
  readonly output: Writable;
  readonly signal: AbortSignal;
}

/**
 * Asks a question that `y` or `yes` affirms; everything else, the end of the input too, denies it.
 * @throws EditError `cancelled`
 */
export async function isAffirmed(question: string, { input, output, signal }: AskOptions): Promise<boolean> {
  const lines = createInterface({ input, output });
  try {
    const ended = new Promise<string>((resolve) => lines.once("close", () => resolve("")));
    const answer = await Promise.race([lines.question(`${question} [y/N] `, { signal }), ended]);
    return /^\s*y(es)?\s*$/i.test(answer);
  } catch (error) {
    throwIfCancelled(signal);
    throw error;
  } finally {
    lines.close();
  }
}
