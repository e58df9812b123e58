import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createJobFiles, newJobId } from "../../../src/bots/intake/job-files.ts";

describe("a data folder", () => {
  it("that is gone is not made anew by what is put into it, and is said to take nothing", async () => {
    const data = mkdtempSync(join(tmpdir(), "lrbot-files-"));
    const files = createJobFiles(data);
    const job = newJobId();
    await files.requireRoom();
    await files.reserve(job);
    await files.adopt(job, job);
    rmSync(data, { recursive: true });
    const writes = [
      files.requireRoom(),
      files.reserve(newJobId()),
      files.adopt(job, job),
      files.prepareRun(job),
    ];
    for (const write of writes) await expect(write).rejects.toMatchObject({ code: "store-unwritable" });
    expect(existsSync(data)).toBe(false);
  });

  it("without the folder of one job is no failure of the disk", async () => {
    const data = mkdtempSync(join(tmpdir(), "lrbot-files-"));
    const files = createJobFiles(data);
    mkdirSync(join(data, "jobs"));
    for (const write of [files.preparePosted(newJobId()), files.prepareRun(newJobId())])
      await expect(write).rejects.toMatchObject({ code: "picture-not-found" });
    expect(readdirSync(join(data, "jobs"))).toEqual([]);
    rmSync(data, { recursive: true });
  });

  it("is left as it was by a look at its room", async () => {
    const data = mkdtempSync(join(tmpdir(), "lrbot-files-"));
    await createJobFiles(data).requireRoom();
    expect(readdirSync(data, { recursive: true })).toEqual(["incoming"]);
    rmSync(data, { recursive: true });
  });
});

describe("folders that no job has", () => {
  let data: string;
  let now = 1_000_000;
  beforeEach(() => {
    data = mkdtempSync(join(tmpdir(), "lrbot-files-"));
  });
  afterEach(() => rmSync(data, { recursive: true }));

  const put = (...path: string[]) => {
    mkdirSync(join(data, ...path), { recursive: true });
    writeFileSync(join(data, ...path, "source"), "picture");
  };
  const names = (folder: string) => readdirSync(join(data, folder)).sort();

  it("go into quarantine where they are named like a job's; others and those of jobs stay", async () => {
    const [mine, lost] = [newJobId(), newJobId()];
    for (const name of [mine, lost, "photos", "0123456789abcdef", "lost+found"]) put("jobs", name);
    const files = createJobFiles(data, () => now);
    expect(await files.quarantineOrphans(async (id) => id === mine)).toBe(1);
    expect(names("jobs")).toEqual(["0123456789abcdef", "lost+found", "photos", mine].sort());
    expect(names("quarantine")).toEqual([`${now}-${lost}`]);
    expect(names(`quarantine/${now}-${lost}`)).toEqual(["source"]);
  });

  it("leave the quarantine when they were long enough in it, and nothing else does", async () => {
    const [first, second] = [newJobId(), newJobId()];
    const files = createJobFiles(data, () => now);
    put("jobs", first);
    await files.quarantineOrphans(async () => false);
    now += 500;
    put("jobs", second);
    await files.quarantineOrphans(async () => false);
    put("quarantine", "notes");
    expect(await files.emptyQuarantine(now)).toBe(1);
    expect(names("quarantine")).toEqual([`${now}-${second}`, "notes"].sort());
  });

  it("are told from pictures that were being fetched, which go at once, and alone", async () => {
    const files = createJobFiles(data);
    await files.reserve(newJobId());
    put("incoming", "mine");
    expect(await files.removeUnfinished()).toBe(1);
    expect(names("incoming")).toEqual(["mine"]);
  });
});
