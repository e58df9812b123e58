import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, expect, it } from "vitest";
import { fleetFindings } from "../../../src/cli/doctor/fleet.ts";
import { loadConfig } from "../../../src/config.ts";
import { startS3rver } from "../../files/s3/s3rver.ts";
import { noRedis, startRedis } from "../../queue/fleet/redis-server.ts";

const { signal } = new AbortController();
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "lrbot-doctor-"));
});
afterEach(() => rmSync(folder, { recursive: true }));
const look = (environment: Readonly<Record<string, string>>) =>
  fleetFindings(loadConfig({ environment, folder }), signal);

it("says nothing of a fleet that there is not", async () => {
  expect(await look({})).toEqual([]);
});

it("says of a folder that it can be used, or is missing", async () => {
  expect(await look({ LRBOT_FLEET_FILES: pathToFileURL(folder).href })).toMatchObject([
    { check: "fleet: files", state: "ok", mend: null },
  ]);
  const missing = pathToFileURL(join(folder, "away")).href;
  expect(await look({ LRBOT_FLEET_FILES: missing })).toMatchObject([
    { state: "broken", says: expect.stringContaining("Make it, or mount it") },
  ]);
});

it("says of a bucket that it can be used, that nothing limits how long files stay there, and what is wrong with keys", async () => {
  await using server = await startS3rver("pictures");
  const environment = {
    LRBOT_FLEET_FILES: "s3://pictures/lrbot",
    AWS_ENDPOINT_URL_S3: server.settings.endpoint,
    AWS_ACCESS_KEY_ID: "S3RVER",
    AWS_SECRET_ACCESS_KEY: "S3RVER",
  };
  expect(await look(environment)).toMatchObject([
    { state: "ok", says: expect.stringContaining("s3://pictures/lrbot takes") },
    { state: "note", says: expect.stringContaining("no life time") },
  ]);
  expect(await look({ ...environment, AWS_ACCESS_KEY_ID: "other" })).toMatchObject([
    { state: "broken", says: expect.stringContaining("InvalidAccessKeyId") },
  ]);
});

it.skipIf(noRedis !== null)(
  `says of Redis that it answers, or does not${noRedis ? ` (${noRedis})` : ""}`,
  async () => {
    const redis = await startRedis();
    expect(await look({ LRBOT_FLEET_REDIS: redis.address })).toMatchObject([
      { check: "fleet: Redis", state: "ok" },
    ]);
    await redis[Symbol.asyncDispose]();
    expect(await look({ LRBOT_FLEET_REDIS: redis.address })).toMatchObject([{ state: "broken" }]);
  },
);
