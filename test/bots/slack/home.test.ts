import { afterEach, beforeEach, expect, it } from "vitest";
import type { FakeMember, FakeSlack } from "../../fakes/slack/index.ts";
import { buttonLabels, startFakeSlack } from "../../fakes/slack/index.ts";
import { flatPng } from "../painted.ts";
import { createSlackWorld } from "../stories/slack-world.ts";
import { type StoryBot, startStoryBot } from "../stories/story-bot.ts";
import type { World } from "../stories/world.ts";

// The Home tab is Slack's alone, so its stories are told with Slack's own members.

let slack: FakeSlack;
let world: World;
let bot: StoryBot;
let alice: FakeMember;

beforeEach(async () => {
  slack = await startFakeSlack();
  world = await createSlackWorld({}, slack);
  bot = await startStoryBot(world);
  alice = slack.member({ name: "alice", locale: "en-US" });
});
afterEach(async () => {
  const { violations } = world;
  const { complaints } = bot;
  await bot[Symbol.asyncDispose]();
  await world[Symbol.asyncDispose]();
  expect([violations, complaints]).toEqual([[], []]);
});

const textOf = (member = alice) =>
  [...JSON.stringify(member.home?.content.blocks ?? []).matchAll(/"text":"((?:[^"\\]|\\.)*)"/g)]
    .map(([, text]) => text)
    .join("");
const shows = (text: string | RegExp, member = alice) =>
  world.until(() => textOf(member).match(text) !== null, `a home with ${text}, got ${textOf(member)}`);
const labels = () => buttonLabels((alice.home?.content.blocks ?? []) as never).join(" ");
const press = (label: RegExp) => {
  const text = buttonLabels((alice.home?.content.blocks ?? []) as never).find((each) => label.test(each));
  if (!alice.home || !text) throw new Error(`no button ${label} among ${labels()}`);
  return alice.press(alice.home, { text });
};
const ask = async (prompt: string) => {
  const files = [{ name: "photo.png", bytes: await flatPng(120) }];
  alice.say(alice.dm, prompt, { files });
};

it("shows one's place in line and one's last edits with what leads to them, and follows while it is looked at", async () => {
  alice.openHome("messages");
  alice.openHome();
  await shows("Nothing yet");
  expect(alice.home?.content.private_metadata).toBe(alice.dm.id);
  await ask("a big tree");
  await shows(/a big tree/);
  await world.until(() => labels().includes("Cancel"), "a button");
  await bot.lane.finish();
  await shows(/✨ a big tree/);
  const button = JSON.stringify(alice.home?.content.blocks).match(/"url":"(https:[^"]*)"/)?.[1];
  expect(button).toMatch(new RegExp(`/archives/${alice.dm.id}/p\\d{16}$`));
  await press(/Open/);
  const opened = await press(/Edit again/);
  const view = await opened.view();
  await alice.submitView(view, { values: { prompt: "a red car" } });
  await shows(/a red car/);
  await world.until(() => labels().includes("Cancel"), "a button to cancel the second");
  await press(/Cancel/);
  await shows(/^Cancelled\./);
  await shows(/🚫 a red car/);
  // What was pressed is answered on the page itself.
  const posts = slack.messages.filter(({ ephemeralTo }) => ephemeralTo === alice.id);
  expect(posts.map(({ content }) => content.text)).toEqual([expect.stringMatching(/^On it!/)]);
});

it("changes the member's own setting, and says what holds for them", async () => {
  const boss = slack.member({ name: "boss", admin: true });
  await boss.slash("/lrbot", "admin cooldown seconds:90", {});
  await world.until(async () => (await bot.store.audit.latest(1)).length === 1, "a rule");
  alice.openHome();
  await shows(/5 edits waiting or running and 50 in 24 hours, one in 2 minutes/);
  await press(/Do not mention me/);
  await shows("Results do not mention you");
  await alice.slash("/lrbot", "settings strength:touch", {});
  await shows(/strength touch|--strength touch/);
  await press(/Clear my defaults/);
  await world.until(() => !textOf().includes("touch"), "a home without defaults");
  await press(/Let others edit my avatar/);
  await shows("Others may have your avatar edited");
  await bot.restart();
  alice.openHome();
  await world.until(() => / Mention me/.test(labels()), "a home of after the restart");
  await press(/ Mention me/);
  await shows("mention you.");
});

it("sets what the member's edits take where they choose nothing, in a form on the page itself", async () => {
  alice.openHome();
  await shows("You: nothing");
  const opened = await (await press(/Change my defaults/)).view();
  await alice.submitView(opened, { values: { strength: "touch", negative: "people" } });
  await shows("--no people --strength touch");
  const again = await (await press(/Change my defaults/)).view();
  const refused = await alice.submitView(again, { values: { where: "over there", negative: "" } });
  expect(refused.errors).toEqual({ where: expect.stringMatching(/I know no place\W*over/) });
  await alice.submitView(again, { values: { where: "left", negative: "" } });
  await shows(/You: --strength touch --where left/);
  // Nothing was said in the conversation of the two.
  expect(slack.messages.filter(({ channel }) => channel === alice.dm.id)).toEqual([]);
  await press(/Clear my defaults/);
  await shows("You: nothing");
});

it("tells who is blocked so and nothing else, and shows nothing of who had all forgotten", async () => {
  await ask("a big tree");
  alice.openHome();
  await shows("a big tree");
  const asked = await alice.slash("/lrbot", "forget", {});
  const reply = await world.until(() => asked.replies.at(-1), "a question");
  await alice.press(reply, { text: "🗑️ Delete it all" });
  await world.until(() => !textOf().includes("a big tree"), "a home without the edit");
  await bot.store.settings.set("", "blocked", [`slack:${alice.id}`]);
  alice.openHome();
  await shows(/^An admin has blocked you/);
  expect(labels()).toBe("");
});

it("is no trouble where the app has no Home tab", async () => {
  slack.settings.homeTab = false;
  alice.openHome();
  await ask("a big tree");
  await bot.lane.finish();
  await world.until(
    () => slack.messages.some(({ content }) => content.text.includes("result 1 of 3")),
    "a result",
  );
  expect(alice.home).toBeNull();
});
