import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { AdapterServices, ChatPlatform } from "../../src/bots/chat.ts";
import { commands } from "../../src/bots/commands/index.ts";
import { createDepartures, type Departures } from "../../src/bots/departures.ts";
import { createDiscord } from "../../src/bots/discord/discord.ts";
import { openSqliteStore } from "../../src/store/sqlite/store.ts";
import type { Store } from "../../src/store/store.ts";
import { startFakeDiscord } from "../fakes/discord/index.ts";
import { openWorkspace } from "./slack/test-workspace.ts";

let folder: string;
let store: Store;
let now: number;
const { signal } = new AbortController();
const options = { signal, onRefused: () => {} };

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "lrbot-departures-"));
  store = await openSqliteStore({ folder });
  now = 1000;
});
afterEach(async () => {
  await store[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

const following = (platform: Pick<ChatPlatform, "name" | "workspaces">): Departures =>
  createDepartures({
    platforms: [platform],
    workspaces: store.workspaces,
    clock: () => now,
    log: (_, text, details) => expect.fail(`${text} ${JSON.stringify(details)}`),
  });
const keep = (scope: string) => store.settings.set(scope, "words", ["x"]);
/** What would be deleted now of what was left before. */
const left = async (before: number) =>
  (await store.workspaces.expire(before)).map(({ platform, workspace }) => `${platform}:${workspace}`);

describe("what is kept of workspaces", () => {
  it("is noted as left where the platform serves them no more, and only once it has told", async () => {
    await keep("chat:one");
    await keep("chat:two");
    const platform = { name: "chat", workspaces: null as string[] | null };
    const departures = following(platform);
    await departures.look();
    expect(await left(1e9)).toEqual([]);
    platform.workspaces = ["one"];
    await departures.look();
    now = 2000;
    await departures.look();
    expect(await left(1000)).toEqual([]);
    expect(await left(1001)).toEqual(["chat:two"]);
  });

  it("stays where the bot came back", async () => {
    await keep("chat:one");
    const platform = { name: "chat", workspaces: [] as string[] };
    const departures = following(platform);
    await departures.look();
    platform.workspaces.push("one");
    await departures.look();
    expect(await left(1e9)).toEqual([]);
  });

  it("on Discord goes by the servers that the bot is in; one that is out of order counts as one", async () => {
    await using fake = await startFakeDiscord({ rateLimitScale: 0.05 });
    const [out, removed, back] = [fake.guild(), fake.guild(), fake.guild()];
    for (const { id } of [out, removed, back]) await keep(`discord:${id}`);
    const platform = createDiscord({
      ...{ token: fake.token, apiUrl: fake.apiUrl, cdnHosts: [], specs: commands, services },
      ...{ describe: (key: string) => key, locales: ["en"] },
    });
    const departures = following(platform);
    const looks: Promise<void>[] = [];
    const onWorkspaces = () => void looks.push(departures.look());
    await platform.start(async () => {}, { ...options, onWorkspaces });
    fake.leave(out, "out of order");
    fake.leave(back, "removed");
    fake.leave(removed, "removed");
    await fake.until(() => platform.workspaces?.length === 1);
    fake.comeBack(back);
    await fake.until(() => platform.workspaces?.length === 2);
    await vi.waitUntil(() => looks.length >= 3);
    await Promise.all(looks);
    expect(await left(1e9)).toEqual([`discord:${removed.id}`]);
    await platform[Symbol.asyncDispose]();
  });

  it("on Slack goes by the workspace whose token it has, until the app is taken out", async () => {
    await using work = await openWorkspace({ starts: false });
    const { platform, slack } = work;
    await keep(`slack:${slack.team.id}`);
    await keep("slack:T0BEFORE");
    const departures = following(platform);
    const looks: Promise<void>[] = [];
    await platform.start(async () => {}, {
      ...options,
      onWorkspaces: () => void looks.push(departures.look()),
    });
    await departures.look();
    expect(await left(1e9)).toEqual(["slack:T0BEFORE"]);
    slack.uninstall();
    await vi.waitUntil(() => looks.length === 2);
    await Promise.all(looks);
    expect(platform.workspaces).toEqual([]);
    expect(await left(1e9)).toEqual([`slack:${slack.team.id}`]);
  });
});

const services: AdapterServices = {
  isNew: async () => true,
  fetchAttachment: async () => {},
  onAcknowledged: () => {},
  leave: async () => {},
  log: () => {},
};
