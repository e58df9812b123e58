import type { Attachment } from "../chat.ts";
import type { Wish } from "../intake/intake.ts";

/** What a member asked for. */
export interface AskedEdit extends Pick<Wish, "prompt" | "choices" | "showsBox" | "isPrivate"> {
  /** Of several it is asked which. */
  readonly pictures: readonly Attachment[];
  /** In place of a picture of the chat. */
  readonly file?: string | null;
  readonly lineage?: Wish["lineage"];
  readonly area?: Wish["area"];
  readonly box?: Wish["box"];
  readonly replyTo?: string | null;
  readonly onChecked?: NonNullable<Wish["onChecked"]>;
}
