import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ChatMessage, Place } from "../../../src/bots/chat.ts";
import { plainTextOf } from "../../../src/locales/rich-text.ts";
import { type MemoryBot, startMemoryBot } from "../memory-bot.ts";
import { type Answers, createMemoryChat, general, memoryCapabilities } from "../memory-chat.ts";
import { makeStudySet, methodIn } from "./make-study-set.ts";

let folder: string;
let sets: string;
let bot: MemoryBot;

const start = async () => {
  bot = await startMemoryBot({ folder, chat: createMemoryChat(), studySets: sets });
};
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "lrbot-study-"));
  sets = join(folder, "sets");
  await makeStudySet(join(sets, "small"));
  await start();
});
afterEach(async () => {
  await bot[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

const boss = (name: string, options: Record<string, string | number> = {}, place: Place = general) =>
  bot.chat.send({ kind: "command", name: `study ${name}`, options, place }, { id: "boss", isAdmin: true });
const buttonOf = (message: ChatMessage | undefined, label: string) =>
  message?.buttons.flat().find((each) => each.label === label)?.id ?? `no button ${label}`;
const press = (button: string, member: string, place: Place = general): Promise<Answers> =>
  bot.chat.send(
    {
      kind: "button",
      button,
      place,
      message: { platform: "memory", workspace: "w1", channel: "c1", message: "m1", thread: null },
    },
    { id: member, name: member },
  );
const voteButton = () => buttonOf(bot.chat.shown(0).message, "Vote");
const latest = ({ said, inPlace }: Answers) => (inPlace.at(-1) ?? said.at(-1)) as ChatMessage;
const shownMethods = (message: ChatMessage) =>
  Promise.all(message.pictures.map(({ path }) => methodIn(readFileSync(path))));

/** Votes through all that there is for one person; `choose` sees what stands left and right. Gives how many were answered. */
async function voteThrough(
  member: string,
  choose: (left: string, right: string) => "Left" | "Right" | "Tie",
): Promise<number> {
  let message = latest(await press(voteButton(), member));
  for (let count = 0; ; count++) {
    if (message.buttons.length === 0) return count;
    const [, left = "", right = ""] = await shownMethods(message);
    message = latest(await press(buttonOf(message, choose(left, right)), member));
  }
}
const prefersOurs = (left: string, right: string) => {
  if (left === "garbled") return "Right";
  if (right === "garbled") return "Left";
  return left === "ours" ? "Left" : "Right";
};

describe("a study", () => {
  it("is begun by an admin, shows pairs to each voter alone, and counts what they prefer", async () => {
    expect((await boss("start", { set: "small" })).text).toContain("2 methods, 3 pictures");
    expect(bot.chat.shown(0).text).toContain("Nobody has voted yet");
    const first = await press(voteButton(), "ann");
    expect(first.acknowledged).toBe("seen");
    const pair = latest(first);
    expect(plainTextOf(pair.text)).toMatch(/a secret wish \d[\s\S]*Pair 1 of 4/);
    expect(pair.pictures.map(({ fileName }) => fileName)).toEqual(["source.jpg", "left.jpg", "right.jpg"]);
    expect((await shownMethods(pair))[0]).toBe("source");
    expect(await voteThrough("ann", prefersOurs)).toBe(4);
    expect(await voteThrough("ben", prefersOurs)).toBe(4);
    expect(bot.chat.messages).toHaveLength(1);
    const results = await boss("results");
    expect(results.text).toContain("2 people, 6 votes that count");
    expect(results.text).toMatch(
      /ours over theirs: 100\.0% ± 0\.0% \(95 %: \d+\.\d% to 100\.0%; 6 votes, 0 ties\)/,
    );
    expect(results.text).toMatch(/• ours: [1-9]/);
  });

  it("comes as one picture where a chat lays out pictures as it likes", async () => {
    const chat = createMemoryChat({ ...memoryCapabilities, showsPairs: false });
    await bot[Symbol.asyncDispose]();
    bot = await startMemoryBot({ folder, chat, studySets: sets });
    await boss("start", { set: "small" });
    const { pictures, layout } = latest(await press(voteButton(), "ann"));
    expect(layout).toBeUndefined();
    expect(pictures.map(({ fileName }) => fileName)).toEqual(["pair.jpg"]);
    const { width, height } = await sharp(pictures[0]?.path).metadata();
    expect([width, height]).toEqual([2 * 512 + 48, 2 * 512 + 88]);
  });

  it("counts people apart who prefer pieces in disorder to a picture", async () => {
    await boss("start", { set: "small" });
    await voteThrough("ann", prefersOurs);
    await voteThrough("bot", (left, right) => (right === "garbled" || left === "theirs" ? "Right" : "Left"));
    const { text } = await boss("results");
    expect(text).toContain("1 person, 3 votes that count");
    expect(text).toContain("Not counted: 1 person who failed the attention check, with 3 votes.");
  });

  it("takes one vote a person and pair, also when a button is pressed again", async () => {
    await boss("start", { set: "small" });
    const pair = latest(await press(voteButton(), "ann"));
    expect(latest(await press(voteButton(), "ann")).buttons).toEqual(pair.buttons);
    const next = latest(await press(buttonOf(pair, "Left"), "ann"));
    expect(latest(await press(buttonOf(pair, "Right"), "ann")).buttons).toEqual(next.buttons);
    const [study] = await bot.store.studies.list({});
    const votes = await bot.store.studies.votes(study?.id ?? "");
    expect(votes.map(({ choice }) => choice)).toEqual(["left"]);
    expect((await press(buttonOf(next, "Left"), "eve")).text).toContain("That pair is not yours");
  });

  it("goes on after a restart, for the pair that is open and for its message", async () => {
    await boss("start", { set: "small" });
    const pair = latest(await press(voteButton(), "ann"));
    const { chat } = bot;
    await bot[Symbol.asyncDispose]();
    bot = await startMemoryBot({ folder, chat, studySets: sets });
    expect(plainTextOf(latest(await press(buttonOf(pair, "Tie"), "ann")).text)).toContain("Pair 2 of 4");
    await boss("pause");
    await bot.bot.settled();
    expect(bot.chat.shown(0).text).toContain("Paused");
    expect(bot.chat.shown(0).text).toContain("1 person has voted");
    expect(bot.chat.shown(0).message.buttons).toEqual([]);
  });

  it("takes no votes while it is paused or over", async () => {
    await boss("start", { set: "small" });
    const vote = voteButton();
    const pair = latest(await press(vote, "ann"));
    await boss("pause");
    expect((await press(vote, "ben")).text).toContain("takes no votes");
    await boss("resume");
    expect(latest(await press(vote, "ben")).pictures).toHaveLength(3);
    await boss("stop");
    expect((await press(buttonOf(pair, "Left"), "ann")).text).toContain("takes no votes");
    expect((await boss("pause")).text).toContain("no such study");
    expect((await boss("results")).text).toContain("over");
  });

  it("refuses what cannot be begun", async () => {
    await makeStudySet(join(sets, "alone"), { methods: ["ours"] });
    expect((await boss("start", { set: "none" })).text).toContain("There is no set none. Sets: alone, small");
    expect((await boss("start", { set: "../sets/small" })).text).toContain("There is no set");
    expect((await boss("start", { set: "alone" })).text).toContain(
      "needs results of two methods, and it has ours",
    );
    expect((await boss("start", { set: "small", against: "best" })).text).toContain(
      "Its methods: ours, theirs",
    );
    await boss("start", { set: "small" });
    expect((await boss("start", { set: "small" })).text).toContain("has a study already, of small");
    const asMember = await bot.chat.send({ kind: "command", name: "study start", options: { set: "small" } });
    expect(asMember.text).toContain("That is for admins");
    expect(bot.chat.messages).toHaveLength(1);
  });

  it("compares the methods that were named alone, and each with one of them where that is asked for", async () => {
    await makeStudySet(join(sets, "three"), { methods: ["ours", "theirs", "others"], pictures: 4 });
    expect((await boss("start", { set: "three", methods: "ours, best" })).text).toContain("no method best");
    expect((await boss("start", { set: "three", methods: "ours" })).text).toContain(
      "results of two methods, and it has ours",
    );
    expect((await boss("start", { set: "three", methods: "ours,theirs", against: "others" })).text).toContain(
      "Its methods: ours, theirs",
    );
    await boss("start", { set: "three", methods: "theirs,ours,others", against: "ours", pairs: 6 });
    await voteThrough("ann", prefersOurs);
    const { text } = await boss("results");
    expect(text).toMatch(
      /ours over theirs: 100\.0%[^\n]*3 votes[\s\S]*ours over others: 100\.0%[^\n]*3 votes[\s\S]*Average: 100\.0%/,
    );
    expect(text).not.toContain("theirs over others");
  });

  it("posts its message anew where it was deleted, and where it can be edited no longer", async () => {
    await boss("start", { set: "small" });
    const first = bot.chat.messages[0];
    if (first) first.isRemoved = true;
    await boss("resume");
    await bot.bot.settled();
    expect(bot.chat.messages.filter(({ isRemoved }) => !isRemoved)).toHaveLength(1);
    bot.chat.failNext("edit", "edit-refused");
    await boss("pause");
    await bot.bot.settled();
    const left = bot.chat.messages.filter(({ isRemoved }) => !isRemoved);
    expect(left).toHaveLength(1);
    expect(plainTextOf(left[0]?.revisions.at(-1)?.text ?? [])).toContain("Paused");
  });

  it("has one message also where the answer to its post is lost, and where the process ends before it is posted", async () => {
    bot.chat.losesAnswers = 1;
    expect((await boss("start", { set: "small" })).text).toContain("has begun");
    bot.chat.losesAnswers = 0;
    const place = { platform: "memory", workspace: "w1", channel: "c2", thread: null, isDirect: false };
    const another = { id: "z".repeat(16), place, locale: "en", set: "small", methods: ["ours", "theirs"] };
    await bot.store.studies.add({ ...another, against: null, pairsPerVoter: 9 }, Date.now());
    const { chat } = bot;
    await bot[Symbol.asyncDispose]();
    bot = await startMemoryBot({ folder, chat, studySets: sets });
    await bot.bot.settled();
    expect(chat.messages.map(({ ref }) => ref.channel)).toEqual(["c1", "c2"]);
    await boss("pause");
    await bot.bot.settled();
    expect(chat.shown(0).text).toContain("Paused");
  });

  it("is not begun where the bot may not post", async () => {
    bot.chat.failNext("post", "missing-permission");
    expect((await boss("start", { set: "small" })).text).toContain("write messages");
    expect(await bot.store.studies.list({})).toEqual([]);
  });

  it("tells of the first vote at once, and takes its copies of pictures away in the end", async () => {
    await boss("start", { set: "small" });
    const pair = latest(await press(voteButton(), "ann"));
    await press(buttonOf(pair, "Left"), "ann");
    await bot.bot.settled();
    expect(bot.chat.shown(0).text).toContain("1 person has voted");
    const [study] = await bot.store.studies.list({});
    const copies = join(folder, "studies", study?.id ?? "");
    expect(existsSync(copies)).toBe(true);
    mkdirSync(join(folder, "studies", "left by another"));
    const { chat } = bot;
    await bot[Symbol.asyncDispose]();
    bot = await startMemoryBot({ folder, chat, studySets: sets });
    expect(existsSync(join(folder, "studies", "left by another"))).toBe(false);
    expect(existsSync(copies)).toBe(true);
    await boss("stop");
    expect(existsSync(copies)).toBe(false);
  });

  it("refuses voters from elsewhere", async () => {
    await boss("start", { set: "small" });
    const elsewhere = await press(voteButton(), "ann", { ...general, channel: "c2" });
    expect(elsewhere.text).toContain("This study is one of #c1");
    const inThread = await press(voteButton(), "ann", { ...general, channel: "t1", parent: "c1" });
    expect(latest(inThread).pictures).toHaveLength(3);
  });

  it("passes over pairs whose pictures are gone, and says when none is left", async () => {
    await boss("start", { set: "small" });
    for (const file of ["ours-1.png", "source-2.png"]) rmSync(join(sets, "small", file));
    const answered = await voteThrough("ann", prefersOurs);
    expect(answered).toBeGreaterThanOrEqual(1);
    const [study] = await bot.store.studies.list({});
    const votes = await bot.store.studies.votes(study?.id ?? "");
    const compared = votes.filter(({ garbled }) => garbled === null);
    expect(compared.map(({ picture }) => picture)).toEqual(["picture 3"]);
    expect((await boss("results")).text).toContain("2 pictures of the set cannot be shown any more");
    rmSync(join(sets, "small", "theirs-3.png"));
    rmSync(join(sets, "small", "ours-3.png"));
    rmSync(join(sets, "small", "ours-2.png"));
    expect((await press(voteButton(), "ben")).text).toContain("pictures of this study are gone");
  });

  it("forgets the votes of whoever asks for that, and keeps no prompt and no person with a vote", async () => {
    await boss("start", { set: "small" });
    await voteThrough("ann", prefersOurs);
    await voteThrough("ben", prefersOurs);
    const asked = await bot.chat.send({ kind: "command", name: "forget" }, { id: "ann" });
    expect(asked.text).toContain("Delete 4 votes of yours in studies?");
    const done = await press(buttonOf(asked.said[0], "Delete it all"), "ann");
    expect(done.text).toContain("Deleted 4 votes of yours in studies.");
    expect((await boss("results")).text).toContain("1 person, 3 votes that count");
    await bot[Symbol.asyncDispose]();
    const bytes = readFileSync(join(folder, "store.db"), "latin1");
    expect(bytes).toContain("picture 3");
    expect(bytes).not.toContain("secret wish");
    expect(bytes).not.toMatch(/\bben\b/);
    await start();
  });

  it("can be removed with its votes, its message and its copies of pictures", async () => {
    await boss("start", { set: "small" });
    await voteThrough("ann", prefersOurs);
    expect((await boss("list")).text).toMatch(/[a-z2-9]{16} small · running · #c1 · 3 votes/);
    const [study] = await bot.store.studies.list({});
    expect((await boss("remove", { study: "0000000000000000" })).text).toContain("no such study");
    expect((await boss("remove", { study: study?.id ?? "" })).text).toContain("deleted, with its 3 votes");
    expect(bot.chat.messages[0]?.isRemoved).toBe(true);
    expect((await press(voteButton(), "ann")).text).toContain("no such study");
  });
});
