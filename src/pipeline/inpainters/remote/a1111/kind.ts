import { z } from "zod";
import { throwIfCancelled } from "../../../../errors.ts";
import type { RemoteKind } from "../kind.ts";
import { openA1111Api } from "./api.ts";

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
  async open(server, side) {
    const { createA1111 } = await import("./inpainter.ts");
    return createA1111({ server, side });
  },
  /** Its interface gives no version, only which checkpoint is loaded. */
  async look(server, { milliseconds, signal }) {
    using api = openA1111Api(server);
    const request = { milliseconds, signal };
    await api.state(request);
    // Some versions fail to give their options, and paint all the same.
    const checkpoint = await api.checkpoint(request).catch(() => null);
    throwIfCancelled(signal);
    return `${server.url} answers; ${checkpoint ? `its checkpoint is ${checkpoint}` : "it names no checkpoint"}.`;
  },
};
