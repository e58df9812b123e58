import { randomUUID } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { systemClocks } from "../../src/clocks.ts";
import { createFolderStore } from "../../src/files/folder/folder.ts";
import { startHost } from "../../src/queue/fleet/host.ts";
import { openRedis } from "../../src/queue/fleet/redis.ts";
import { paintOnHost } from "./edit.ts";
import { timedFiles } from "./timed-files.ts";

// Hosts of the fleet, all in this process: `host-process.ts JSON`. Each has a connection of its own, as on a machine of its own.

/** What the process is told, as its one argument. */
export interface HostProcessOptions {
  readonly redis: string;
  /** Of the file store. */
  readonly files: string;
  /** Of runs under way. */
  readonly folder: string;
  readonly hosts: number;
  readonly lanes: number;
  readonly editMilliseconds: number;
}

/** What it answers when it is asked, by any message: of all hosts, so far. */
export interface HostProcessUsage {
  /** Of the processor. */
  readonly cpuMilliseconds: number;
  /** In which pictures travelled. */
  readonly transferMilliseconds: number;
  readonly transfers: number;
}

const log = () => {};

async function serve({
  redis,
  files,
  folder,
  hosts,
  lanes,
  editMilliseconds,
}: HostProcessOptions): Promise<void> {
  const timed = timedFiles(createFolderStore(files, files));
  for (let index = 0; index < hosts; index += 1) {
    const name = `host${index}`;
    const own = join(folder, name);
    await mkdir(own, { recursive: true });
    await startHost({
      ...{ name, instance: randomUUID(), version: "bench", checksSafety: false, folder: own, log },
      link: openRedis({ place: { address: redis, authority: null }, name, clocks: systemClocks, log }),
      files: timed.files,
      devices: Array.from({ length: lanes }, (_, lane) => ({
        ...{ device: `cuda:${lane}`, packs: [{ name: "mini", version: "1" }], memoryBytes: () => null },
        edit: paintOnHost(editMilliseconds),
      })),
    });
  }
  process.on("message", () => {
    const { user, system } = process.cpuUsage();
    process.send?.({
      cpuMilliseconds: (user + system) / 1000,
      transferMilliseconds: timed.busyMilliseconds(),
      transfers: timed.requests(),
    } satisfies HostProcessUsage);
  });
  process.on("disconnect", () => process.exit());
  process.send?.("ready");
}

if (process.argv[2]) await serve(JSON.parse(process.argv[2]));
