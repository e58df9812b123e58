import { createHash, randomBytes } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { FileStore } from "../../src/files/file-store.ts";

/** A store to be tried, empty, and what is behind it. */
export interface OpenedFileStore extends AsyncDisposable {
  readonly store: FileStore;
  /** Makes all that is there older by so many days. */
  makeOlder(days: number): Promise<void>;
  /** Makes files of one byte behind the store's back. */
  seed(job: string, names: readonly string[]): Promise<void>;
}

/** What every file store has to do. */
export function describeFileStore(name: string, open: () => Promise<OpenedFileStore>): void {
  describe(`${name} as a file store`, () => {
    let opened: OpenedFileStore;
    let store: FileStore;
    let folder: string;
    let count = 0;
    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), "lrbot-files-"));
      opened = await open();
      store = opened.store;
    });
    afterAll(async () => {
      await opened?.[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    });

    const newJob = () => `job-${++count}`;
    const newPath = () => join(folder, `file-${++count}`);
    const newFile = async (contents: string | Uint8Array) => {
      const path = newPath();
      await writeFile(path, contents);
      return path;
    };
    const read = async (job: string, file: string) => {
      const path = newPath();
      await store.get(job, file, path);
      return readFile(path);
    };

    it("gives back what was put there, byte for byte, under its job and name", async () => {
      const [a, b] = [newJob(), newJob()];
      await store.put(a, "source", await newFile("of a"));
      await store.put(b, "source", await newFile("of b"));
      await store.put(a, "run-1/result-1.png", await newFile("result"));
      expect(String(await read(a, "source"))).toBe("of a");
      expect(String(await read(b, "source"))).toBe("of b");
      expect(String(await read(a, "run-1/result-1.png"))).toBe("result");
    });

    it("keeps an empty file and one of some megabytes", async () => {
      const job = newJob();
      const bytes = randomBytes(5_300_000);
      await store.put(job, "empty", await newFile(""));
      await store.put(job, "large", await newFile(bytes));
      expect(await read(job, "empty")).toHaveLength(0);
      expect(digest(await read(job, "large"))).toBe(digest(bytes));
      expect(await store.list(job)).toEqual([
        { name: "empty", bytes: 0 },
        { name: "large", bytes: 5_300_000 },
      ]);
    });

    it("takes a file in place of the one of its name", async () => {
      const job = newJob();
      await store.put(job, "source", await newFile("a long first one"));
      await store.put(job, "source", await newFile("second"));
      expect(String(await read(job, "source"))).toBe("second");
      expect(await store.list(job)).toEqual([{ name: "source", bytes: 6 }]);
    });

    it("lists a job's own files by name, and none of a job whose name begins the same", async () => {
      const job = newJob();
      for (const file of ["b", "a", "run-2/c.png", "run-10/c.png"])
        await store.put(job, file, await newFile(file));
      await store.put(`${job}0`, "another", await newFile("x"));
      const names = (await store.list(job)).map((file) => file.name);
      expect(names).toEqual(["a", "b", "run-10/c.png", "run-2/c.png"]);
      expect(await store.list(newJob())).toEqual([]);
    });

    it("lists more files than a server names in one answer", { timeout: 60_000 }, async () => {
      const job = newJob();
      const names = Array.from({ length: 1003 }, (_, index) => `f-${String(index).padStart(4, "0")}`);
      await opened.seed(job, names);
      expect((await store.list(job)).map((file) => file.name)).toEqual(names);
      await store.remove(job);
      expect(await store.list(job)).toEqual([]);
    });

    it("removes all of a job and nothing of another; what is gone can be removed again", async () => {
      const [a, b] = [newJob(), newJob()];
      for (const job of [a, b])
        for (const file of ["source", "run/one", "run/two"]) await store.put(job, file, await newFile(file));
      await store.remove(a);
      await store.remove(a);
      expect(await store.list(a)).toEqual([]);
      expect(await store.list(b)).toHaveLength(3);
    });

    it("says of a file that is not there that it is missing, and writes none", async () => {
      const job = newJob();
      const to = newPath();
      await expect(store.get(job, "source", to)).rejects.toMatchObject({ code: "files-missing" });
      await store.put(job, "source", await newFile("x"));
      await expect(store.get(job, "sourc", to)).rejects.toMatchObject({ code: "files-missing" });
      await store.remove(job);
      await expect(store.get(job, "source", to)).rejects.toMatchObject({ code: "files-missing" });
      expect((await readdir(folder)).filter((each) => join(folder, each).startsWith(to))).toEqual([]);
    });

    it("says of a file of this machine that is not there that it is not found", async () => {
      const job = newJob();
      await expect(store.put(job, "source", newPath())).rejects.toMatchObject({ code: "picture-not-found" });
      expect(await store.list(job)).toEqual([]);
    });

    it("says of a folder of this machine that is not there that nothing can be written", async () => {
      const job = newJob();
      await store.put(job, "source", await newFile("x"));
      const to = join(newPath(), "file");
      await expect(store.get(job, "source", to)).rejects.toMatchObject({ code: "output-unwritable" });
    });

    it("stops where it is cancelled, and keeps what was there", async () => {
      const job = newJob();
      await store.put(job, "source", await newFile("first"));
      const signal = AbortSignal.abort();
      const to = newPath();
      const larger = await newFile("second");
      await expect(store.put(job, "source", larger, { signal })).rejects.toMatchObject({ code: "cancelled" });
      await expect(store.get(job, "source", to, { signal })).rejects.toMatchObject({ code: "cancelled" });
      await expect(store.list(job, { signal })).rejects.toMatchObject({ code: "cancelled" });
      await expect(store.remove(job, { signal })).rejects.toMatchObject({ code: "cancelled" });
      expect(String(await read(job, "source"))).toBe("first");
    });

    it("a put that is cancelled on its way leaves no piece of the file to be seen", async () => {
      const job = newJob();
      const large = await newFile(randomBytes(24_000_000));
      const abort = new AbortController();
      const put = store.put(job, "source", large, { signal: abort.signal });
      setImmediate(() => abort.abort());
      await expect(put).rejects.toMatchObject({ code: "cancelled" });
      expect(await store.list(job)).toEqual([]);
    });

    it("shows, while files are put again and again, whole files alone", { timeout: 60_000 }, async () => {
      const job = newJob();
      const contents = [1, 2, 3].map((value) => Buffer.alloc(700_000 + value, value));
      const paths = await Promise.all(contents.map(newFile));
      const whole = new Set(contents.map(digest));
      await store.put(job, "source", paths[0] as string);
      const puts = (async () => {
        for (let round = 0; round < 15; round += 1)
          await store.put(job, "source", paths[round % paths.length] as string);
      })();
      for (let round = 0; round < 15; round += 1) expect(whole).toContain(digest(await read(job, "source")));
      await puts;
    });

    it.each([
      ["../other", "source"],
      ["..", "source"],
      [".", "source"],
      ["", "source"],
      ["a/b", "source"],
      ["a\\b", "source"],
      [".hidden", "source"],
      ["a".repeat(101), "source"],
      ["job\n", "source"],
      ["job", "../source"],
      ["job", "run/../../source"],
      ["job", "/etc/passwd"],
      ["job", "run//source"],
      ["job", "run/"],
      ["job", ""],
      ["job", "a\\..\\b"],
      ["job", "a\0b"],
      ["job", "C:source"],
      ["job", "ä"],
      ["job", "%2e%2e/source"],
      ["job", "1/2/3/4/5"],
    ])("refuses the job %j with the file %j before anything is done", async (job, file) => {
      const path = await newFile("x");
      const to = newPath();
      await expect(store.put(job, file, path)).rejects.toThrow(RangeError);
      await expect(store.get(job, file, to)).rejects.toThrow(RangeError);
      if (file !== "source") return;
      await expect(store.list(job)).rejects.toThrow(RangeError);
      await expect(store.remove(job)).rejects.toThrow(RangeError);
    });

    it("tells whether it can be used", async () => {
      const before = await store.check();
      expect(before.lifetimeDays === null || before.lifetimeDays > 0).toBe(true);
    });

    // Last: it takes away what the others left.
    it("takes away what is older than a time, whoever put it there", async () => {
      const [old, young] = [newJob(), newJob()];
      await store.put(old, "source", await newFile("x"));
      await store.put(old, "run/one", await newFile("x"));
      expect(await store.removeOlderThan(86_400_000)).toBe(0);
      await opened.makeOlder(3);
      await store.put(young, "source", await newFile("x"));
      expect(await store.removeOlderThan(2 * 86_400_000)).toBeGreaterThanOrEqual(2);
      expect(await store.list(old)).toEqual([]);
      expect(await store.list(young)).toHaveLength(1);
    });
  });
}

function digest(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
