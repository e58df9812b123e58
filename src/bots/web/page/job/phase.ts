import type { MessageKey } from "../../../../locales/en.ts";
import type { LiveState } from "../../protocol.ts";

/** What a job does now, as the chats name it. */
export function phaseKey(live: Pick<LiveState, "phase" | "painting"> | null): MessageKey {
  switch (live?.phase) {
    case undefined:
    case "loading":
      return "phase.loading";
    case "features":
      return "phase.features";
    case "round":
      return "phase.round";
    case "draft":
      return "phase.draft";
    case "painting":
      return live?.painting?.quality === "full" ? "phase.full" : "phase.draft";
    case "done":
      return "phase.done";
    // The first result stands before the others are painted.
    default:
      return "phase.full";
  }
}
