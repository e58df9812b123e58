import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pull } from "../cli/commands/packs-pull.ts";
import type { CommandContext } from "../cli/context.ts";
import { type Config, passwordOf, secretsOf } from "../config.ts";
import { EditError, throwIfCancelled } from "../errors.ts";
import { startHttpServer } from "../http/server.ts";
import { createLog, type Log } from "../log.ts";
import { openPack } from "../packs/open.ts";
import type { Pack } from "../packs/pack.ts";
import { styledPack } from "../packs/styles.ts";
import { createWorkerClient } from "../pipeline/workers/edits/client.ts";
import { probeSafetyModel, probeSigning } from "../pipeline/workers/probe/client.ts";
import { usageOf } from "../pipeline/workers/usage.ts";
import { privateMask } from "../private-files.ts";
import { startHost } from "../queue/fleet/host.ts";
import type { HostDevice } from "../queue/fleet/host-lane.ts";
import { createDisposal, type Disposal } from "./disposal.ts";
import { openFleetParts } from "./fleet-parts.ts";
import type { LanePlan } from "./lanes.ts";
import { packedPlansOf, whyUnfit } from "./painters.ts";
import { readVersion } from "./version.ts";

/** What `lrbot worker` is told. */
export interface WorkerSettings {
  readonly redis?: string;
  readonly files?: string;
  readonly name?: string;
  /** Separated by commas. */
  readonly packs?: string;
  readonly pull?: true;
  readonly acceptLicence?: true;
  readonly mirror?: string;
  readonly quiet?: true;
  readonly health?: true;
  /** Seconds. */
  readonly grace: number;
}

/** More than this, and pictures by S3 would soon be refused. */
const longestSkewMilliseconds = 60_000;
/** What the end takes at most once it is forced. */
const endMilliseconds = 5000;

/**
 * A host of the fleet until it is told to stop; the process ends with it.
 * @throws EditError `usage`, `fleet-*`, `files-*`, and `pack-*` where it has no pack to offer
 */
export async function runWorker(settings: WorkerSettings, context: CommandContext): Promise<void> {
  const { interrupt, clocks, leaveAtEnd } = context;
  const config = context.config();
  const redis = settings.redis ?? config.fleet.redis;
  const name = settings.name ?? nameOf(hostname());
  leaveAtEnd();
  process.umask(privateMask);
  const secrets = [...secretsOf(config), redis === null ? null : passwordOf(redis)];
  const log = createLog({ level: config.logLevel, secrets: secrets.filter((secret) => secret !== null) });
  const { signal } = interrupt;
  const asked = new Promise<null>((resolve) => {
    signal.addEventListener("abort", () => resolve(null), { once: true });
  });
  const forced = new Promise<void>((resolve) => void interrupt.onRepeat(resolve));
  const parts = createDisposal((error) => log.warn("a part did not end as it should", { error }));
  let wasReady = false;
  try {
    const packs = await withStyles(await openPacks(settings, context, log), context, log);
    const { safetyModel, marks } = config;
    if (safetyModel !== null) await probeSafetyModel(safetyModel, context.childOptions());
    if (marks.signing !== null) await probeSigning(marks.signing, context.childOptions());
    const joined = await openFleetParts({
      ...{ config, name: `lrbot ${name}`, needsRedis: true, clocks, log, signal, parts },
      addresses: { redis, files: settings.files ?? config.fleet.files },
    });
    requireClock(joined.skewMilliseconds ?? 0);
    throwIfCancelled(signal);
    const folder = join(config.dataFolder, "fleet", name);
    const { openPackProbe } = context;
    const devices = await devicesOf(packs, { config, log, parts, openPackProbe });
    const host = parts.use(
      await startHost({
        ...joined,
        ...{ name, instance: randomUUID(), version: readVersion(), devices, folder, log: log.write },
        checksSafety: safetyModel !== null,
      }),
    );
    if (settings.health) {
      const health = parts.use(
        await startHttpServer({
          ...{ host: config.host, port: config.port, metrics: null },
          checkStore: () => {},
          platforms: () => ({ redis: { isConnected: joined.link.isConnected, refusal: null } }),
          isDraining: () => signal.aborted,
        }),
      );
      log.info("health is served", { url: health.url });
    }
    wasReady = true;
    log.info("ready", {
      host: name,
      lanes: devices.map(({ device }) => device),
      packs: packs.map(nameOfPack),
    });
    const ended = await Promise.race([asked, host.ended]);
    if (ended) throw ended;
    log.info("finishing what runs; a second signal gives it back at once", { graceSeconds: settings.grace });
    const late = sleep(settings.grace * 1000, true, { ref: false });
    const isLate = await Promise.race([host.drain().then(() => false), forced.then(() => true), late]);
    if (isLate) {
      log.warn("what runs is given back for another host to do");
      host.giveBack();
      await Promise.race([host.drain(), sleep(endMilliseconds)]);
    }
  } catch (error) {
    if (!(signal.aborted && error instanceof EditError && error.code === "cancelled")) throw error;
  } finally {
    await Promise.race([parts[Symbol.asyncDispose](), sleep(endMilliseconds)]);
    if (wasReady || signal.aborted) log.info("stopped");
  }
}

/** Packs that are here, or can be fetched; what is not is said, and not offered. */
async function openPacks(settings: WorkerSettings, context: CommandContext, log: Log): Promise<Pack[]> {
  const { packRoots, packs: standard } = context.config();
  const names = (settings.packs ?? standard.join())
    .split(",")
    .map((name) => name.trim())
    .filter(Boolean);
  const packs: Pack[] = [];
  let missing: unknown = new EditError("usage", "Expected the names of packs after --packs, got none.");
  for (const name of new Set(names)) {
    try {
      packs.push(await openPack(name, { roots: packRoots }));
    } catch (error) {
      const isToFetch = error instanceof EditError && error.code === "pack-not-pulled" && settings.pull;
      if (isToFetch) packs.push((await pull(name, settings, context)).pack);
      else if (error instanceof EditError) {
        log.warn(`a pack is not offered: ${error.message}`, { pack: name, code: error.code });
        missing = error;
      } else throw error;
    }
  }
  if (packs.length === 0) throw missing;
  return packs;
}

/** Each pack, and after it the same with each of this host's styles that fits it. */
async function withStyles(packs: readonly Pack[], context: CommandContext, log: Log): Promise<Pack[]> {
  const { styles } = context.config();
  if (styles.length === 0) return [...packs];
  await using probe = context.openPackProbe();
  const all: Pack[] = [];
  for (const pack of packs) {
    all.push(pack);
    for (const style of styles) {
      const styled = styledPack(pack, style);
      const reason = await whyUnfit(styled, probe);
      if (reason === null) all.push(styled);
      else log.info(`a style is not offered: ${reason}`, { style: style.name, pack: pack.manifest.name });
    }
  }
  return all;
}

interface DeviceParts {
  readonly config: Config;
  readonly log: Log;
  readonly openPackProbe: CommandContext["openPackProbe"];
  /** Takes the workers. */
  readonly parts: Disposal;
}

/** A lane for each device, or server, that one of the packs has work for and room on. */
async function devicesOf(packs: readonly Pack[], made: DeviceParts): Promise<HostDevice[]> {
  await using probe = made.openPackProbe();
  const plans = await packedPlansOf(made.config, packs, probe);
  return plans.map((plan) => deviceOf(plan, plan.packs, made));
}

function deviceOf(
  { name, device, server }: LanePlan,
  packs: readonly Pack[],
  { config, log, parts }: DeviceParts,
): HostDevice {
  const worker = parts.use(
    createWorkerClient({
      ...{ device, server, safetyModel: config.safetyModel, marks: config.marks },
      learning: { folder: config.dataFolder, keeps: config.keepsLosses },
      environment: config.workerEnvironment,
      loadMilliseconds: config.loadTimeoutSeconds * 1000,
      log: (level, text) => log[level](text, { device: name }),
    }),
  );
  return {
    device: name,
    packs: packs.map(({ manifest }) => ({ name: manifest.name, version: manifest.version })),
    memoryBytes() {
      const megabytes = worker.pid === undefined ? undefined : usageOf(worker.pid)?.megabytes;
      return megabytes === undefined ? null : Math.round(megabytes * 2 ** 20);
    },
    async edit(job, { name: wanted }, context) {
      const pack = packs.find(({ manifest }) => manifest.name === wanted);
      if (!pack) throw new EditError("pack-missing", `Expected pack ${wanted} on this host, got none.`);
      return (await worker.run(job, pack, context)).result;
    },
  };
}

/** @throws EditError `fleet-clock` */
function requireClock(skewMilliseconds: number): void {
  if (Math.abs(skewMilliseconds) <= longestSkewMilliseconds) return;
  const seconds = Math.round(Math.abs(skewMilliseconds) / 1000);
  throw new EditError(
    "fleet-clock",
    `Expected this machine's clock within ${longestSkewMilliseconds / 1000} seconds of Redis', got one ${seconds} seconds ` +
      `${skewMilliseconds > 0 ? "behind" : "ahead"}. Set it, by timedatectl set-ntp true on Linux.`,
  );
}

/** A machine's own name, as the fleet takes it. */
function nameOf(host: string): string {
  const short =
    host
      .toLowerCase()
      .split(".")[0]
      ?.replace(/[^a-z0-9-]/g, "-") ?? "";
  return short.replace(/^-+/, "").slice(0, 40) || "host";
}

function nameOfPack({ manifest }: Pack): string {
  return `${manifest.name} ${manifest.version}`;
}
