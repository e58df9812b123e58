import { rmSync } from "node:fs";
import { afterAll, describe, expect, it } from "vitest";
import { kills } from "../kill/kills.ts";
import {
  emptyFolder,
  everythingIn,
  gone,
  isAlive,
  processesIn,
  runLrbot,
  scene,
  startLrbot,
  temporaryFolder,
} from "./lrbot.ts";

const folder = temporaryFolder();
afterAll(() => rmSync(folder, { recursive: true }));
const words = ["edit", "--image", scene, "--prompt", "a rabbit", "--out", "out"];
/** Of one box, so that nothing is looked for or learned before it is painted, for a long time. */
const boxWords = [...words, "--box", "40,40,96,96", "--steps", "1000"];

const seed = Date.now() % 1e6;

describe(`an interrupt (moments from seed ${seed})`, () => {
  // Starting, loading, looking, drafting and painting all lie within these seconds from the program's first line.
  const moments = Array.from({ length: kills }, (_, index) => Math.floor(random(seed + index) * 2500));

  it.each(moments)("after %i ms ends in status 4 with one line, and leaves nothing", async (moment) => {
    const home = emptyFolder(folder, `after-${moment}`);
    const running = startLrbot([...words, "--quiet"], { folder: home });
    await running.heedsInterrupts();
    await new Promise((resolve) => setTimeout(resolve, moment));
    running.kill("SIGINT");
    const { status, stdout, stderr } = await running.ended;
    expect(stderr).toMatch(/^error cancelled: Expected [^\n]*, got [^\n]*\n$/);
    expect({ status, stdout, left: everythingIn(home) }).toEqual({ status: 4, stdout: "", left: [] });
    expect(processesIn(home)).toEqual([]);
  });

  it("of doctor ends the process that it looks with, and says that it was the work", async () => {
    const home = emptyFolder(folder, "doctor");
    const running = startLrbot(["doctor"], { folder: home });
    await running.workerPid();
    running.kill("SIGINT");
    expect(await running.ended).toEqual({
      status: 4,
      stdout: "",
      stderr: "error cancelled: Expected the work to finish, got SIGINT.\n",
    });
    expect(processesIn(home)).toEqual([]);
  });

  it("keeps the results that were there before --force", async () => {
    const home = emptyFolder(folder, "keeps");
    expect(
      (await runLrbot([...words, "--box", "40,40,96,96", "--steps", "1", "--quiet"], { folder: home }))
        .status,
    ).toBe(0);
    const before = everythingIn(home);
    const running = startLrbot([...boxWords, "--force"], { folder: home });
    await running.said("painting");
    running.kill("SIGTERM");
    expect((await running.ended).status).toBe(4);
    expect(everythingIn(home)).toEqual(before);
  });

  it("that is repeated ends the worker at once", async () => {
    const home = emptyFolder(folder, "twice");
    const running = startLrbot(boxWords, { folder: home });
    await running.said("painting");
    const worker = await running.workerPid();
    process.kill(worker, "SIGSTOP");
    running.kill("SIGINT");
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(isAlive(worker)).toBe(true);
    running.kill("SIGINT");
    expect((await running.ended).status).toBe(4);
    expect(isAlive(worker)).toBe(false);
    expect(everythingIn(home)).toEqual([]);
  });
});

describe("the end of a process in the middle of an edit", () => {
  it("of the worker: status 1, worker-died, nothing left", async () => {
    const home = emptyFolder(folder, "worker-killed");
    const running = startLrbot(boxWords, { folder: home });
    await running.said("painting");
    process.kill(await running.workerPid(), "SIGKILL");
    const { status, stderr } = await running.ended;
    expect(stderr).toMatch(/\nerror worker-died: Expected [^\n]*, got [^\n]*\n$/);
    expect({ status, left: everythingIn(home) }).toEqual({ status: 1, left: [] });
  });

  it("of the main process: the worker ends as well, and takes the unfinished pictures with it", async () => {
    const home = emptyFolder(folder, "main-killed");
    const running = startLrbot(boxWords, { folder: home });
    await running.said("painting");
    const worker = await running.workerPid();
    running.kill("SIGKILL");
    await running.ended;
    await gone(worker);
    expect(everythingIn(home)).toEqual([]);
  });

  it("a worker that stops answering is ended: status 1, worker-hung, nothing left", async () => {
    const home = emptyFolder(folder, "worker-stopped");
    const running = startLrbot(words, { folder: home });
    await running.said("painting drafts");
    const worker = await running.workerPid();
    process.kill(worker, "SIGSTOP");
    const { status, stderr } = await running.ended;
    expect(stderr).toMatch(/\nerror worker-hung: Expected [^\n]*, got [^\n]*\n$/);
    expect({ status, left: everythingIn(home) }).toEqual({ status: 1, left: [] });
    expect(isAlive(worker)).toBe(false);
  });
});

/** A number from 0 to 1 that depends on the seed alone (the finaliser of MurmurHash3). */
function random(value: number): number {
  let hash = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}
