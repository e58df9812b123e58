import { z } from "zod";
import type { RemoteClient, RemoteRequest } from "../request.ts";

const progressSchema = z.object({
  state: z.object({
    sampling_step: z.number().nullish(),
    sampling_steps: z.number().nullish(),
    /** Of the job that runs, or of the last one. */
    interrupted: z.boolean().nullish(),
    skipped: z.boolean().nullish(),
  }),
});

/** What an AUTOMATIC1111 or a Forge does at the moment. */
export type A1111State = z.infer<typeof progressSchema>["state"];

/**
 * Asks for it, which tells too that the server is one of the kind and lets the bot in.
 * @throws EditError those of `RemoteClient`
 */
export async function askA1111(client: RemoteClient, request: RemoteRequest): Promise<A1111State> {
  return (await client.json("/sdapi/v1/progress?skip_current_image=true", progressSchema, request)).state;
}
