import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openFileStore } from "../../../src/files/open.ts";
import { describeFileStore } from "../conformance.ts";
import { noMount } from "../small-disk.ts";
import { openBucketOf } from "./bucket.ts";
import { noVersitygw, startVersitygw } from "./versitygw.ts";

describe.skipIf(noVersitygw !== null)(`the Versity gateway${noVersitygw ? ` (${noVersitygw})` : ""}`, () => {
  describeFileStore("a bucket behind it", () => openBucketOf(startVersitygw));

  it("refuses wrong keys and buckets that there are not, in words that say what to do", async () => {
    await using server = await startVersitygw("pictures");
    const folder = await mkdtemp(join(tmpdir(), "lrbot-versity-test-"));
    const source = join(folder, "source");
    await writeFile(source, "picture");
    const put = async (address: string, keys: { id: string; secret: string; sessionToken: null }) => {
      await using store = await openFileStore(address, { ...server.settings, keys });
      await store.put("job", "source", source);
    };
    const right = { id: "lrbot", secret: "a secret", sessionToken: null };
    const { endpoint } = server.settings;
    const refused = (message: string) => ({ code: "files-refused", message });
    await expect(put("s3://nowhere", right)).rejects.toMatchObject(
      refused(
        `Expected the bucket nowhere at ${endpoint}, got none of that name. Make it, or mend the address.`,
      ),
    );
    for (const [keys, code] of [
      [{ ...right, id: "other" }, "XAdminUserNotFound"],
      [{ ...right, secret: "wrong" }, "SignatureDoesNotMatch"],
    ] as const)
      await expect(put("s3://pictures", keys)).rejects.toMatchObject(
        refused(
          `Expected keys that ${endpoint} knows, got ${code}. Check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.`,
        ),
      );
    await put("s3://pictures", right);
    expect(await server.keys("pictures")).toEqual(["jobs/job/source"]);
    await rm(folder, { recursive: true });
  });

  it.skipIf(noMount !== null)(
    `says that its disk is full, and keeps what was there${noMount ?? ""}`,
    async () => {
      await using server = await startVersitygw("pictures", { kilobytes: 300 });
      const folder = await mkdtemp(join(tmpdir(), "lrbot-versity-test-"));
      const source = join(folder, "source");
      await writeFile(source, "picture");
      await using store = await openFileStore("s3://pictures", server.settings);
      await store.put("job", "source", source);
      await writeFile(source, Buffer.alloc(500_000));
      await expect(store.put("job", "source", source)).rejects.toMatchObject({
        code: "files-full",
        message: `Expected room in the bucket pictures at ${server.settings.endpoint}, got InsufficientStorage. Free some space, or raise its quota.`,
      });
      expect(await store.list("job")).toEqual([{ name: "source", bytes: 7 }]);
      await rm(folder, { recursive: true });
    },
  );
});
