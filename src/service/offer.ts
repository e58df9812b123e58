import type { EditOffer } from "../bots/commands/edit.ts";
import type { Config } from "../config.ts";

/** What members may choose among, by the operator's settings. */
export function offerOf({ packs, styles, methods }: Pick<Config, "packs" | "styles" | "methods">): EditOffer {
  return { packs, styles: styles.map(({ name }) => name), methods };
}
