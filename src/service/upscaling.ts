import { readFile } from "node:fs/promises";
import type { Config } from "../config.ts";
import { EditError, throwIfCancelled } from "../errors.ts";
import { remoteKindOf } from "../pipeline/inpainters/remote/kinds.ts";
import { writeWholeFile } from "../whole-file.ts";

/** Makes a PNG larger, into a file that does not exist yet. @throws EditError `inpainter-*`, `out-of-memory`, `cancelled` */
export type Upscale = (file: string, out: string, signal: AbortSignal) => Promise<void>;

/**
 * By the upscaler that the operator names, on the first of the servers that answers; `null` where there is none.
 * @param leaving The bot ends: what is under way then is `draining`, so that who waits for it is told to ask again.
 */
export function upscalingOf(
  { upscaler, inpainters }: Pick<Config, "upscaler" | "inpainters">,
  leaving: AbortSignal,
): Upscale | null {
  if (upscaler === null || inpainters.length === 0) return null;
  const upscale = upscaleAt(upscaler, inpainters);
  return async (file, out, signal) => {
    try {
      await upscale(file, out, AbortSignal.any([signal, leaving]));
    } catch (cause) {
      if (!leaving.aborted) throw cause;
      throw new EditError("draining", "Expected a bot that makes pictures larger, got one that ends.", {
        cause,
      });
    }
  };
}

function upscaleAt(upscaler: string, inpainters: Config["inpainters"]): Upscale {
  return async (file, out, signal) => {
    throwIfCancelled(signal);
    const picture = await readFile(file);
    let failure: unknown;
    for (const server of inpainters) {
      try {
        const order = { picture, upscaler, milliseconds: server.timeoutSeconds * 1000, signal };
        return await writeWholeFile(out, await remoteKindOf(server).upscale(server, order));
      } catch (error) {
        if (!(error instanceof EditError) || !passed.includes(error.code)) throw error;
        failure = error;
      }
    }
    throw failure;
  };
}

/** Another server may do better. */
const passed: readonly string[] = ["inpainter-unreachable", "inpainter-refused"];
