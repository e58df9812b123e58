import type { JobFiles } from "../bots/intake/job-files.ts";
import type { Log } from "../log.ts";
import type { Store } from "../store/store.ts";

// What earlier processes left in the data folder.

/** What an older version left open; files of another user's cannot be changed, and keep nobody from starting. */
export async function closeToOthers(files: JobFiles, log: Log): Promise<void> {
  try {
    const count = await files.closeToOthers();
    if (count > 0) log.info("closed folders of pictures that others could read", { count });
  } catch (error) {
    log.warn("folders of pictures may be open to other users of this machine", { error });
  }
}

/** Pictures of which no job came: the process ended while they were fetched, or the store is an older copy. */
export async function clearOrphans(files: JobFiles, store: Store, log: Log): Promise<void> {
  const unfinished = await files.removeUnfinished();
  if (unfinished > 0) log.info("removed pictures that were being fetched when the bot ended", { unfinished });
  // Of a store that was just made nothing can be told: every folder may belong to the one that is missing.
  if (store.isNew) return;
  const count = await files.quarantineOrphans(async (id) => (await store.jobs.find(id)) !== null);
  if (count > 0) log.warn("moved folders that no job belongs to into quarantine/", { count });
}
