import { z } from "zod";
import { throwIfCancelled } from "../../../../errors.ts";
import { isForInpainting, noteOfCheckpoint } from "../checkpoints.ts";
import { refused } from "../failures.ts";
import type { RemoteKind, RemoteNote } from "../kind.ts";
import { type A1111Settings, openA1111Api } from "./api.ts";

/** AUTOMATIC1111 web UI or Forge, started with `--api`. */
export const a1111: RemoteKind = {
  kind: "a1111",
  port: 7860,
  variables: {
    LRBOT_A1111_AUTH: z
      .string()
      .optional()
      .refine((value) => value === undefined || /^[^:]+:./.test(value))
      .describe("`user:password` of AUTOMATIC1111 servers, as in their `--api-auth`"),
  },
  secrets: ["LRBOT_A1111_AUTH"],
  authorization({ LRBOT_A1111_AUTH: login }) {
    return login === undefined ? null : `Basic ${Buffer.from(login).toString("base64")}`;
  },
  workflow: () => null,
  localCheck: null,
  async open(server, { side }) {
    const { createA1111 } = await import("./inpainter.ts");
    return createA1111({ server, side });
  },
  async upscale(server, { picture, upscaler, milliseconds, signal }) {
    using api = openA1111Api(server);
    const request = { milliseconds, signal };
    const names = await api.upscalers(request);
    const at = `${server.name} at ${server.url}`;
    if (upscaler === "None" || !names.includes(upscaler))
      throw refused(`Expected ${at} to have the upscaler ${upscaler}, got ${names.join(", ") || "none"}.`);
    const larger = await api.upscale(picture, upscaler, request);
    if (larger) return larger;
    throw refused(`Expected a picture from ${at}, got none. Its own log says more.`);
  },
  /** Its interface gives no version, only which checkpoint is loaded. */
  async look(server, { milliseconds, signal }) {
    using api = openA1111Api(server);
    const request = { milliseconds, signal };
    const state = await api.state(request);
    // Some versions fail to give their options, and paint all the same; one that has neither route is of another kind.
    const settings = await api.settings(request).catch((error: unknown): A1111Settings => {
      if (state === null) throw error;
      return {};
    });
    throwIfCancelled(signal);
    const { sd_model_checkpoint: checkpoint } = settings;
    const says = `${server.url} answers; ${checkpoint ? `its checkpoint is ${checkpoint}` : "it names no checkpoint"}.`;
    return { says, notes: notesOf(settings) };
  },
};

function notesOf({ sd_model_checkpoint: checkpoint, samples_format: format }: A1111Settings): RemoteNote[] {
  const notes: RemoteNote[] = [];
  if (checkpoint && !isForInpainting(checkpoint))
    notes.push(noteOfCheckpoint("its", checkpoint, "load a checkpoint for inpainting there"));
  if (/^jpe?g$/i.test(format ?? "")) {
    notes.push({
      says: `it answers with pictures as ${format}, which loses detail.`,
      mend: "set its option samples_format to png",
    });
  }
  return notes;
}
