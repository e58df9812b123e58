import type { Clocks } from "../clocks.ts";
import type { Config } from "../config.ts";
import { EditError } from "../errors.ts";
import type { FileStore } from "../files/file-store.ts";
import { openFileStore } from "../files/open.ts";
import type { Log } from "../log.ts";
import { openRedis, probeRedis, type RedisLink, type RedisPlace } from "../queue/fleet/redis.ts";
import type { Disposal } from "./disposal.ts";

/** What a bot and a host meet by. */
export interface FleetParts {
  readonly link: RedisLink;
  readonly files: FileStore;
  /** How far Redis' clock is ahead of this machine's, milliseconds; `null` where Redis is away. */
  readonly skewMilliseconds: number | null;
}

export interface FleetAddresses {
  readonly redis: string | null;
  readonly files: string | null;
}

export interface FleetPartsOptions {
  readonly config: Pick<Config, "fleet" | "s3">;
  /** Where they are not as the configuration says. */
  readonly addresses?: FleetAddresses;
  /** What Redis calls the connection. */
  readonly name: string;
  /** Without Redis there is nothing to do. Otherwise it may come later. */
  readonly needsRedis: boolean;
  readonly clocks: Clocks;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** Takes what is opened. */
  readonly parts: Disposal;
}

/**
 * Tries Redis and the file store, and opens both.
 * @throws EditError `usage` where one of them is not configured; those of `probeRedis` and of `FileStore.check`
 */
export async function openFleetParts(options: FleetPartsOptions): Promise<FleetParts> {
  const { config, name, needsRedis, clocks, log, signal, parts } = options;
  const { redis, files: address } = options.addresses ?? config.fleet;
  if (redis === null)
    throw new EditError("usage", "Expected LRBOT_FLEET_REDIS, the address of a Redis server, got none.");
  if (address === null)
    throw new EditError(
      "usage",
      "Expected LRBOT_FLEET_FILES, where pictures travel, such as file:///srv/lrbot, got none.",
    );
  const place: RedisPlace = { address: redis, authority: config.fleet.redisAuthority };
  let skewMilliseconds: number | null = null;
  try {
    skewMilliseconds = await probeRedis(place, clocks.wall, signal);
  } catch (error) {
    const isAway = error instanceof EditError && error.code === "fleet-unreachable";
    if (needsRedis || !isAway) throw error;
    log.warn(`lanes of other hosts are not there yet: ${error.message}`, { code: error.code });
  }
  const files = parts.use(await openFileStore(address, config.s3));
  const { lifetimeDays } = await files.check({ signal, lists: !needsRedis });
  log.info("pictures travel by a file store", { files: files.address, lifetimeDays });
  const link = parts.use(openRedis({ place, name, clocks, log: log.write }));
  return { link, files, skewMilliseconds };
}
