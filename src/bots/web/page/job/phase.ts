import type { MessageKey } from "../../../../locales/en.ts";
import type { LiveState } from "../../protocol.ts";

/** What a job does now, as the chats name it. */
export function phaseKey(live: Pick<LiveState, "phase" | "painting"> | null): MessageKey {
  if (!live) return "phase.loading";
  if (live.phase === "painting" && live.painting?.quality === "full") return "phase.full";
  if (live.phase === "painting") return "phase.draft";
  return live.phase === "result" || live.phase === "mask" ? "phase.done" : `phase.${live.phase}`;
}
