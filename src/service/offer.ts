import type { EditOffer } from "../bots/commands/edit.ts";
import type { Config } from "../config.ts";

/** What members may choose among, by the operator's settings. */
export function offerOf({ methods }: Pick<Config, "methods">): EditOffer {
  return { methods };
}
