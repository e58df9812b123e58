import { existsSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readdir, rm, stat, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openFileStore } from "../../../src/files/open.ts";
import { describeFileStore } from "../conformance.ts";
import { noS3 } from "../s3/settings.ts";
import { mountSmall, noMount } from "../small-disk.ts";

describeFileStore("a folder", async () => {
  const folder = await mkdtemp(join(tmpdir(), "lrbot-shared-"));
  return {
    store: await openFileStore(pathToFileURL(folder).href, noS3),
    async makeOlder(days) {
      for (const entry of await readdir(folder, { recursive: true })) {
        const at = (await stat(join(folder, entry))).mtimeMs / 1000 - days * 86_400;
        await utimes(join(folder, entry), at, at);
      }
    },
    async seed(job, names) {
      await mkdir(join(folder, "jobs", job), { recursive: true });
      for (const name of names) await writeFile(join(folder, "jobs", job, name), "x");
    },
    async [Symbol.asyncDispose]() {
      await rm(folder, { recursive: true });
    },
  };
});

describe("a folder that machines share", () => {
  let root: string;
  let source: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "lrbot-shared-"));
    source = join(root, "source");
    await writeFile(source, "picture");
  });
  afterEach(async () => {
    await rm(root, { recursive: true });
  });
  const open = (folder: string) => openFileStore(pathToFileURL(folder).href, noS3);

  it("is not made where it is missing: a mount may be away", async () => {
    const store = await open(join(root, "away"));
    for (const work of [
      () => store.check(),
      () => store.put("job", "source", source),
      () => store.list("job"),
      () => store.remove("job"),
    ])
      await expect(work()).rejects.toMatchObject({
        code: "files-unreachable",
        message: expect.stringContaining("Make it, or mount it"),
      });
    expect(existsSync(join(root, "away"))).toBe(false);
  });

  it("is no file", async () => {
    await expect((await open(source)).check()).rejects.toMatchObject({ code: "files-unreachable" });
  });

  it.skipIf(process.getuid?.() === 0)("says that it may not be written to", async () => {
    await chmod(root, 0o500);
    await expect((await open(root)).check()).rejects.toMatchObject({ code: "files-refused" });
    await chmod(root, 0o700);
  });

  it.skipIf(noMount !== null)(`says that it is full, and keeps what was there${noMount ?? ""}`, async () => {
    const disk = join(root, "disk");
    await mkdir(disk);
    const unmount = mountSmall(disk, 200);
    try {
      const store = await open(disk);
      await store.put("job", "source", source);
      await writeFile(source, Buffer.alloc(400_000));
      await expect(store.put("job", "source", source)).rejects.toMatchObject({
        code: "files-full",
        message: `Expected room in the shared folder ${disk}, got ENOSPC. Free some space.`,
      });
      expect(await store.list("job")).toEqual([{ name: "source", bytes: 7 }]);
      expect(await readdir(join(disk, "partial"))).toEqual([]);
    } finally {
      unmount();
    }
  });

  it("leaves nothing behind but the job's folder, closed to others", async () => {
    const store = await open(root);
    await store.put("job", "source", source);
    await store.check();
    expect(await readdir(join(root, "partial"))).toEqual([]);
    expect((await stat(join(root, "jobs"))).mode & 0o077).toBe(0);
    expect((await stat(join(root, "jobs", "job", "source"))).mode & 0o077).toBe(0);
    await store.remove("job");
    expect(await readdir(join(root, "jobs"))).toEqual([]);
  });

  it("takes away pieces of a job's files with the job", async () => {
    const store = await open(root);
    await mkdir(join(root, "partial"));
    for (const name of ["job~1", "job~2", "job.2~1"]) await writeFile(join(root, "partial", name), "x");
    await store.remove("job");
    expect(await readdir(join(root, "partial"))).toEqual(["job.2~1"]);
  });

  it("takes away pieces that a killed process left in it, and folders without a file", async () => {
    const store = await open(root);
    await mkdir(join(root, "partial"));
    await writeFile(join(root, "partial", "piece"), "x");
    await mkdir(join(root, "jobs", "left"), { recursive: true });
    expect(await store.removeOlderThan(-60_000)).toBe(1);
    expect(await readdir(join(root, "partial")).catch(() => [])).toEqual([]);
    expect(await readdir(join(root, "jobs")).catch(() => [])).toEqual([]);
  });
});
