import type { Clocks } from "../clocks.ts";
import { isStorageFailure } from "../errors.ts";
import type { EventLog } from "../store/events.ts";

/** What is remembered while the store takes nothing: some hours of a busy community. */
const remembered = 10_000;

/**
 * Tells whether an event is new, as the store does, and by memory while that takes nothing: a member whose event were
 * dropped would read that the application did not respond, in place of why.
 */
export function createKnownEvents(
  events: EventLog,
  clocks: Pick<Clocks, "wall">,
): (id: string) => Promise<boolean> {
  const unstored = new Set<string>();
  return async (id) => {
    if (unstored.has(id)) return false;
    try {
      return await events.isNew(id, clocks.wall());
    } catch (error) {
      if (!isStorageFailure(error)) throw error;
      unstored.add(id);
      for (const oldest of unstored) {
        if (unstored.size <= remembered) break;
        unstored.delete(oldest);
      }
      return true;
    }
  };
}
