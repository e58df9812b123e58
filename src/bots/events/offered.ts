import { z } from "zod";
import { type Context, ownerOf } from "../context.ts";
import { newJobId } from "../intake/job-files.ts";
import type { AskedEdit } from "./asked-edit.ts";
import { type PictureSource, pictureSourceSchema } from "./picture-source.ts";

// An edit that waits for a button: what a reply may have asked for, or one of several pictures.

/** What is asked for, but for the picture. */
export type OfferedEdit = Omit<AskedEdit, "pictures" | "file" | "lineage" | "onChecked">;

const offeredSchema = z.object({
  asked: z.custom<OfferedEdit>((value) => typeof value === "object" && value !== null),
  source: pictureSourceSchema,
  /** Who may press the button. */
  member: z.string(),
});
export type Offered = z.infer<typeof offeredSchema>;

/** The platforms' addresses of pictures live about as long. */
const offerMilliseconds = 24 * 60 * 60_000;

/** Keeps it for whoever asked; gives the token that its buttons carry. @param token As it was kept before */
export async function keepOffered(
  { event, services }: Context,
  { asked, source }: { readonly asked: OfferedEdit; readonly source: PictureSource },
  token = newJobId(),
): Promise<string> {
  const value: Offered = { asked, source, member: event.member.id };
  const expiresAt = services.clock() + offerMilliseconds;
  await services.store.drafts.put(token, { owner: ownerOf(event), value, expiresAt });
  return token;
}

/** `null` of what is not kept any more. */
export function readOffered(kept: unknown): Offered | null {
  return offeredSchema.safeParse(kept).data ?? null;
}
