import { z } from "zod";
import { EditError } from "../errors.ts";
import type { Store } from "../store/store.ts";
import type { QueueLog } from "./queue-log.ts";

/** Which lanes are paused. Kept in the store: a pause outlives the process. */
export interface Pauses {
  has(lane: string): boolean;
  /** A lane is there from now on: it is paused where all were when it came, as the store has it from the next change on. */
  meet(lane: string): void;
  /** It could not be read which are, and nobody has set it since. */
  readonly areUnreadable: boolean;
  /** Reads them as the store has them. All are, where it cannot be read which: an admin resumes what may run. */
  load(): Promise<void>;
  /**
   * One lane, all of a host by its name, or all with `null`, those to come among them; from now on, also before the store has
   * it. False where no lane has the name.
   */
  set(lane: string | null, isPaused: boolean): Promise<boolean>;
}

/** None is paused until they are loaded. `lanes` gives the names of all that there are now. */
export function createPauses(
  settings: Store["settings"],
  lanes: () => readonly string[],
  log: QueueLog,
): Pauses {
  let paused = new Set<string>();
  let areUnreadable = false;

  async function stored(): Promise<readonly string[]> {
    try {
      const found = await settings.get("", "lanes");
      return found === undefined ? [] : laneSettings.parse(found).paused;
    } catch (error) {
      const isUnreadable = error instanceof EditError && error.code === "store-unreadable";
      if (!isUnreadable && !(error instanceof z.ZodError)) throw error;
      log("error", "it cannot be read which lanes are paused: all are, until an admin resumes them", {
        code: "settings-unreadable",
        error,
      });
      areUnreadable = true;
      return lanes();
    }
  }

  return {
    has: (lane) => paused.has(lane),
    meet(lane) {
      if (areUnreadable || paused.has(everyLane)) paused.add(lane);
    },
    get areUnreadable() {
      return areUnreadable;
    },
    async load() {
      paused = new Set(await stored());
    },
    async set(lane, isPaused) {
      const names = [...new Set([...lanes(), ...paused])].filter(
        (name) => lane === null || name === lane || name.startsWith(`${lane}/`),
      );
      if (names.length === 0 && lane !== null) return false;
      const next = new Set(paused);
      if (lane === null && isPaused) next.add(everyLane);
      for (const name of names) {
        if (isPaused) next.add(name);
        else next.delete(name);
      }
      paused = next;
      await settings.set("", "lanes", { paused: [...next] } satisfies LaneSettings);
      areUnreadable = false;
      return true;
    },
  };
}

/** Stands among the names where all were paused: a lane that comes later is. No lane has it as its name. */
const everyLane = "*";

/** Kept under the owner `""` as `lanes`. */
const laneSettings = z.object({ paused: z.array(z.string()) });
type LaneSettings = z.infer<typeof laneSettings>;
