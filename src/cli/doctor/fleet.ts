import { systemClocks } from "../../clocks.ts";
import type { Config } from "../../config.ts";
import { openFileStore } from "../../files/open.ts";
import { type Finding, findingOf } from "./finding.ts";

/** Redis and the file store, by which lanes of other hosts are reached; nothing of what is not configured. */
export async function fleetFindings({ fleet, s3 }: Config, signal: AbortSignal): Promise<Finding[]> {
  const { redis, redisAuthority, files } = fleet;
  const findings: Finding[] = [];
  if (redis !== null)
    findings.push(
      await findingOf(
        "fleet: Redis",
        async () => {
          // Loaded where there is a fleet alone: the library takes a tenth of a second to read.
          const { probeRedis } = await import("../../queue/fleet/redis.ts");
          const skew = await probeRedis(
            { address: redis, authority: redisAuthority },
            systemClocks.wall,
            signal,
          );
          return `answers; its clock is ${Math.abs(skew / 1000).toFixed(1)} s ${skew < 0 ? "behind" : "ahead"}`;
        },
        () => "see docs/fleet.md, or unset LRBOT_FLEET_REDIS",
      ),
    );
  if (files !== null) findings.push(...(await fileFindings(files, s3, signal)));
  return findings;
}

async function fileFindings(address: string, s3: Config["s3"], signal: AbortSignal): Promise<Finding[]> {
  const check = "fleet: files";
  const notes: Finding[] = [];
  const look = async () => {
    await using store = await openFileStore(address, s3);
    const { lifetimeDays } = await store.check({ signal });
    const says = `${store.address} takes, gives back and removes files`;
    if (lifetimeDays !== null) return `${says}; what nobody removes goes after ${lifetimeDays} days`;
    if (address.startsWith("s3:"))
      notes.push({
        ...{ check, state: "note", mend: "see docs/files.md, A life time" },
        says: "no life time is set on the bucket for what a killed process leaves, or these keys may not see it",
      });
    return says;
  };
  const finding = await findingOf(check, look, () => "see docs/files.md, or unset LRBOT_FLEET_FILES");
  return [finding, ...notes];
}
