import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { MessageRef, Place } from "../../../src/bots/chat.ts";
import type { FakeChannel } from "../../fakes/slack/index.ts";
import { call, openWorkspace, text, type Workspace } from "./test-workspace.ts";

let work: Workspace;
let channel: FakeChannel;
let place: Place;
const since = Date.now() - 60_000;

beforeEach(async () => {
  work = await openWorkspace();
  channel = work.slack.channel();
  place = {
    platform: "slack",
    workspace: channel.team,
    channel: channel.id,
    thread: null,
    isDirect: false,
  };
});
afterEach(() => work[Symbol.asyncDispose]());

const post = (key: string, replyTo: MessageRef | null = null) =>
  work.platform.post(place, text(key), { key, replyTo, ...call });
const find = (key: string, replyTo: MessageRef | null = null, from = since) =>
  work.platform.findPosted(place, key, { since: from, replyTo, ...call });
const looks = () =>
  work.slack.requests
    .filter(({ method }) => method === "conversations.history" || method === "conversations.replies")
    .map(({ method, args }) => `${method.slice(14)}${args.cursor ? " on" : ""}`);

/** As the outbox does it: again after the time that Slack asks for. @returns The result and how many tries it took */
async function insistently(run: () => Promise<MessageRef | null>) {
  for (let tries = 1; ; tries++) {
    try {
      return { found: await run(), tries };
    } catch (error) {
      const { failure, retryAfterSeconds } = error as { failure: string; retryAfterSeconds: number };
      expect(failure).toBe("rate-limited");
      work.slack.clock.advance(retryAfterSeconds * 1000);
    }
  }
}

describe("a post whose fate is unknown", () => {
  it("is found though the history opens 15 messages a minute, each page read once", async () => {
    const posted = await post("sought");
    const alice = work.slack.member();
    for (let count = 0; count < 40; count++) alice.say(channel, "chatter");
    work.slack.settings.isOutsideMarketplace = true;
    const { found, tries } = await insistently(() => find("sought"));
    expect(found).toEqual(posted);
    expect(tries).toBe(3);
    // Each page after the first was refused once, and then gone on with.
    expect(looks()).toEqual(["history", "history on", "history on", "history on", "history on"]);
  });

  it("is looked for in the one thread that it was meant for, and nowhere else", async () => {
    const asked = await post("asked");
    const posted = await post("sought", asked);
    await post("other", await post("elsewhere"));
    expect(await find("sought", asked)).toEqual(posted);
    expect(await find("other", asked)).toBeNull();
    expect(await find("sought")).toBeNull();
    expect(looks()).toEqual(["replies", "replies", "history"]);
  });

  it("is looked for in the channel where the thread is gone", async () => {
    const gone = { ...(await post("gone")), message: "1.000001" };
    const posted = await post("sought", gone);
    expect(await find("sought", gone)).toEqual(posted);
  });

  it("is found where the clock was ahead when it was begun", async () => {
    const posted = await post("sought");
    const answer = await post("answer", posted);
    expect(await find("sought", null, Date.now() + 30 * 24 * 3_600_000)).toEqual(posted);
    expect(await find("answer", posted, Date.now() + 3_600_000)).toEqual(answer);
  });

  it("is not looked for among what was there before, beyond the latest page", async () => {
    await post("sought");
    for (let count = 0; count < 40; count++) work.slack.member().say(channel, "chatter");
    work.slack.settings.isOutsideMarketplace = true;
    expect(await find("sought", null, Date.now() + 60_000)).toBeNull();
    expect(looks()).toEqual(["history"]);
  });

  it("is looked for from the beginning where Slack forgot how far it came", async () => {
    const posted = await post("sought");
    for (let count = 0; count < 20; count++) work.slack.member().say(channel, "chatter");
    work.slack.settings.isOutsideMarketplace = true;
    await expect(find("sought")).rejects.toMatchObject({ failure: "rate-limited" });
    work.slack.settings.isOutsideMarketplace = false;
    work.slack.clock.advance(60_000);
    work.slack.inject({ method: "conversations.history", error: "invalid_cursor" });
    expect(await find("sought")).toEqual(posted);
  });
});
