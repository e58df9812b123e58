import type { Attachment } from "../chat.ts";
import type { Wish } from "../intake/intake.ts";

/** What a member asked for. */
export interface AskedEdit extends Pick<Wish, "prompt" | "source" | "seed" | "showsBox" | "isPrivate"> {
  /** Of several it is asked which. */
  readonly pictures: readonly Attachment[];
  /** In place of a picture of the chat. */
  readonly file?: string | null;
  readonly lineage?: Wish["lineage"];
  readonly area?: Wish["area"];
  readonly box?: Wish["box"];
  /** The first that is offered where absent or `null`. */
  readonly method?: Wish["method"];
  readonly replyTo?: string | null;
  readonly onChecked?: NonNullable<Wish["onChecked"]>;
}
