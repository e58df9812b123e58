import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, rm, stat, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "../../queue/fleet/redis-server.ts";
import { mountSmall } from "../small-disk.ts";
import type { S3Server } from "./s3rver.ts";
import { noS3 } from "./settings.ts";

/** Why tests with the Versity gateway are skipped; `null` where they are not. */
export const noVersitygw: string | null =
  spawnSync("versitygw", ["--version"]).status === 0
    ? null
    : "versitygw is not on the path: go install github.com/versity/versitygw/cmd/versitygw@v1.8.0";

/** The Versity gateway on a folder: a server for use in earnest, which checks every signature and writes objects whole. */
export async function startVersitygw(
  bucket: string,
  /** Of its disk. */
  { kilobytes = null }: { readonly kilobytes?: number | null } = {},
): Promise<S3Server> {
  const directory = await mkdtemp(join(tmpdir(), "lrbot-versity-"));
  const unmount = kilobytes === null ? () => {} : mountSmall(directory, kilobytes);
  await mkdir(join(directory, bucket));
  const port = await freePort();
  const child = spawn("versitygw", ["--port", `127.0.0.1:${port}`, "--quiet", "posix", directory], {
    env: { ...process.env, ROOT_ACCESS_KEY: "lrbot", ROOT_SECRET_KEY: "a secret" },
    stdio: "ignore",
  });
  const endpoint = `http://127.0.0.1:${port}`;
  while (
    !(await fetch(endpoint).then(
      () => true,
      () => false,
    ))
  ) {
    if (child.exitCode !== null)
      throw new Error(`Expected versitygw to start, got status ${child.exitCode}.`);
    await sleep(50);
  }
  const files = async (below: string) => {
    const found = await readdir(join(directory, below), { recursive: true, withFileTypes: true });
    return found.filter((each) => each.isFile()).map((each) => join(each.parentPath, each.name));
  };
  return {
    settings: { ...noS3, endpoint, keys: { id: "lrbot", secret: "a secret", sessionToken: null } },
    async makeOlder(days) {
      for (const path of await files("")) {
        const at = (await stat(path)).mtimeMs / 1000 - days * 86_400;
        await utimes(path, at, at);
      }
    },
    async seed(name, keys) {
      for (const key of keys) {
        const path = join(directory, name, key);
        await mkdir(dirname(path), { recursive: true });
        await writeFile(path, "x");
      }
    },
    async keys(name) {
      return (await files(name)).map((path) => path.slice(join(directory, name).length + 1)).sort();
    },
    async [Symbol.asyncDispose]() {
      const end = once(child, "exit");
      child.kill();
      await end;
      unmount();
      await rm(directory, { recursive: true, maxRetries: 3 });
    },
  };
}
