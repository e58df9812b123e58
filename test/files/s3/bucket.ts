import { openFileStore } from "../../../src/files/open.ts";
import type { OpenedFileStore } from "../conformance.ts";
import type { S3Server } from "./s3rver.ts";

/** A file store in a bucket of a server that is there for it alone. */
export async function openBucketOf(start: (bucket: string) => Promise<S3Server>): Promise<OpenedFileStore> {
  const server = await start("pictures");
  const store = await openFileStore("s3://pictures/team/lrbot", server.settings);
  return {
    store,
    makeOlder: server.makeOlder,
    seed: (job, names) =>
      server.seed(
        "pictures",
        names.map((name) => `team/lrbot/jobs/${job}/${name}`),
      ),
    async [Symbol.asyncDispose]() {
      await store[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}
