import { randomUUID } from "node:crypto";
import { link, mkdir, open, readFile, rename, rm, stat, utimes } from "node:fs/promises";
import { hostname } from "node:os";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { throwIfCancelled } from "../errors.ts";
import { diskFailure } from "./write-file.ts";

export interface ExclusiveOptions {
  readonly signal: AbortSignal;
  /** Milliseconds since 1970, as the files' own times are. */
  readonly clock: () => number;
  /** Called once, where another process has it. */
  readonly onWait?: ((owner: string) => void) | undefined;
}

/** How often the owner says that it lives, and how long it may be silent before it counts as dead. */
const beatMilliseconds = 2000;
const deadMilliseconds = 30_000;

/**
 * Waits until this process alone has a file, across processes and machines that share the folder, and has it until
 * it is disposed of. A file whose owner has died, on this machine or silently, is taken over.
 * @throws EditError `output-unwritable`, `disk-full`, `cancelled`
 */
export async function exclusive(file: string, options: ExclusiveOptions): Promise<AsyncDisposable> {
  const { signal, clock, onWait } = options;
  const me = `${hostname()} ${process.pid} ${randomUUID()}`;
  let hasWaited = false;
  while (!(await create(file, me))) {
    throwIfCancelled(signal);
    const owner = await readFile(file, "utf8").catch(() => null);
    if (owner === null) continue;
    if (await isDead(file, owner, clock())) await takeAway(file, owner);
    else {
      if (!hasWaited) onWait?.(nameOf(owner));
      hasWaited = true;
      await sleep(250, undefined, { signal }).catch(() => throwIfCancelled(signal));
    }
  }
  const sayAlive = (now: Date) => void utimes(file, now, now).catch(() => {});
  const beat = setInterval(() => sayAlive(new Date(clock())), beatMilliseconds);
  beat.unref();
  return {
    async [Symbol.asyncDispose]() {
      clearInterval(beat);
      if ((await readFile(file, "utf8").catch(() => "")) === me) await rm(file, { force: true });
    },
  };
}

/** The file appears with its owner's name in it, never without: it is written under another name first. */
async function create(file: string, me: string): Promise<boolean> {
  const own = `${file}.${randomUUID().slice(0, 8)}`;
  try {
    await mkdir(dirname(file), { recursive: true });
    await using handle = await open(own, "wx");
    await handle.writeFile(me);
    await link(own, file);
    return true;
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "EEXIST" && "syscall" in cause) {
      if (cause.syscall === "link") return false;
    }
    throw diskFailure(file, cause);
  } finally {
    await rm(own, { force: true }).catch(() => {});
  }
}

function nameOf(owner: string): string {
  const [host = "", pid = ""] = owner.split(" ");
  return host === hostname() ? `process ${pid}` : `process ${pid} on ${host}`;
}

async function isDead(file: string, owner: string, now: number): Promise<boolean> {
  const [host, pid] = owner.split(" ");
  if (host === hostname() && !isAlive(Number(pid))) return true;
  const found = await stat(file).catch(() => null);
  return found !== null && now - found.mtimeMs > deadMilliseconds;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

/** Moves a dead owner's file away. Where another was faster, what was moved is a living owner's and goes back. */
async function takeAway(file: string, owner: string): Promise<void> {
  const away = `${file}.${randomUUID().slice(0, 8)}`;
  await rename(file, away).catch(() => {});
  const moved = await readFile(away, "utf8").catch(() => owner);
  if (moved !== owner) await link(away, file).catch(() => {});
  await rm(away, { force: true });
}
