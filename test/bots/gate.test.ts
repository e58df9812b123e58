import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Place } from "../../src/bots/chat.ts";
import { publicAnswers } from "../../src/bots/public-answers.ts";
import type { JobRecord } from "../../src/store/jobs.ts";
import { openSqliteStore } from "../../src/store/sqlite/store.ts";
import { type MemoryBot, startMemoryBot } from "./memory-bot.ts";
import { alice, createMemoryChat, general } from "./memory-chat.ts";

let bot: MemoryBot;
let logged: { readonly level: string; readonly details: Readonly<Record<string, unknown>> | undefined }[];

beforeEach(async () => {
  logged = [];
  bot = await startMemoryBot({ log: (level, _, details) => void logged.push({ level, details }) });
});
afterEach(() => bot[Symbol.asyncDispose]());

const inOther: Place = { ...general, workspace: "w2", channel: "c9" };
const direct: Place = { ...general, workspace: null, channel: "dm-alice", isDirect: true };
const command = (name: string, options: Record<string, string | number | boolean> = {}) =>
  ({ kind: "command", name, options }) as const;
const asBoss = (name: string, options: Record<string, string | number | boolean> = {}, place = general) =>
  bot.chat.send({ ...command(name, options), place }, { id: "boss", isAdmin: true });
const edit = (place = general, id = alice.id) =>
  bot.chat.send({ ...command("edit", { prompt: "a tree" }), pictures: [bot.picture], place }, { id });
const mentionOf = (text: string) =>
  ({
    kind: "mention",
    isNamed: true,
    text,
    message: { platform: "memory", workspace: "w1", channel: "c1", message: "m0", thread: null },
    replyTo: null,
  }) as const;
const mention = (id = alice.id, place = general) => bot.chat.send({ ...mentionOf("hi"), place }, { id });
const buttonIn = (label: string, place = general) => {
  const { message, post } = bot.chat.shown(0);
  const found = message.buttons.flat().find((each) => each.label === label);
  if (!found) throw new Error(`no button ${label}`);
  return { kind: "button", button: found.id, message: post.ref, place } as const;
};
const reaction = (emoji: string) =>
  ({ kind: "reaction", emoji, isAdded: true, message: bot.chat.shown(0).post.ref }) as const;
const rank = async ({ id }: JobRecord) => (await bot.store.jobs.find(id))?.view.rank;

describe("a blocked member", () => {
  it("gets nothing in any way: commands, buttons, reactions, modals, mentions, the menu, direct messages", async () => {
    const job = await bot.edit();
    await asBoss("admin block", { member: "alice" });
    const blocked = /blocked you/;
    expect((await edit()).text).toMatch(blocked);
    expect((await edit(direct)).text).toMatch(blocked);
    expect((await edit(inOther)).text).toMatch(blocked);
    expect((await bot.chat.send(command("queue"))).text).toMatch(blocked);
    expect((await bot.chat.send(buttonIn("2"))).text).toMatch(blocked);
    const again = await bot.chat.send(buttonIn("Edit again"));
    expect([again.modal, again.text]).toEqual([null, expect.stringMatching(blocked)]);
    const menu = { kind: "message-action", message: bot.chat.shown(0).post.ref } as const;
    const opened = await bot.chat.send({ ...menu, pictures: [bot.picture] });
    expect([opened.modal, opened.text]).toEqual([null, expect.stringMatching(blocked)]);
    expect((await bot.chat.send({ kind: "modal", modal: "any" })).text).toMatch(blocked);
    expect((await bot.chat.send({ kind: "misread", got: "x", usages: [] })).text).toMatch(blocked);
    expect((await mention()).text).toMatch(blocked);
    await bot.chat.send(reaction("2️⃣"));
    await bot.settle();
    expect(await rank(job)).toBe(1);
    expect(await bot.store.jobs.count({})).toBe(1);
  });

  it("can still have everything of theirs deleted", async () => {
    await bot.edit();
    await asBoss("admin block", { member: "alice" });
    await asBoss("admin channels", { do: "deny", channel: "c1" });
    const { said } = await bot.chat.send(command("forget"));
    const [confirm] = said.flatMap(({ buttons }) => buttons.flat());
    const message = bot.chat.shown(0).post.ref;
    const { text } = await bot.chat.send({ kind: "button", button: confirm?.id ?? "", message });
    expect(text).toMatch(/^Deleted 1 job/);
    expect(await bot.store.jobs.count({})).toBe(0);
  });

  it("can still read what the bot is, and hears of a forged button that they are blocked", async () => {
    await asBoss("admin block", { member: "alice" });
    expect((await bot.chat.send(command("help"))).text).toContain("/forget");
    const message = { platform: "memory", workspace: "w1", channel: "c1", message: "m0", thread: null };
    expect((await bot.chat.send({ kind: "button", button: "forged", message })).text).toMatch(/blocked you/);
  });

  it("by an admin of one workspace is blocked there and at its jobs, and nowhere else", async () => {
    bot.chat.workspaces = ["w1", "w2"];
    const job = await bot.edit();
    expect((await asBoss("admin block", { member: "alice" })).text).toBe(
      "@alice can ask for no more edits here.",
    );
    expect((await edit(inOther)).text).toMatch(/^On it!/);
    expect((await edit(direct)).text).toMatch(/^On it!/);
    // A result of here that was sent by direct message is still of here.
    expect((await bot.chat.send(buttonIn("2", direct))).text).toMatch(/blocked you/);
    expect(await rank(job)).toBe(1);
    const menu = { kind: "message-action", message: bot.chat.shown(0).post.ref, place: direct } as const;
    const opened = await bot.chat.send({ ...menu, pictures: [bot.picture] });
    expect([opened.modal, opened.text]).toEqual([null, expect.stringMatching(/blocked you/)]);
    await asBoss("admin unblock", { member: "alice" });
    await bot.chat.send(buttonIn("2", direct));
    expect(await rank(job)).toBe(2);
  });

  it("stays blocked where an admin blocks somebody else at the same moment", async () => {
    await Promise.all(["alice", "bob", "cleo"].map((member) => asBoss("admin block", { member })));
    for (const id of ["alice", "bob", "cleo"]) expect((await edit(general, id)).text).toMatch(/blocked you/);
  });

  it("by the operator stays blocked when the workspace's admin lifts the block of there", async () => {
    await using other = await startMemoryBot({ admins: ["memory:op"] });
    const as = (id: string, name: string, place = general) =>
      other.chat.send({ ...command(name, { member: "alice" }), place }, { id, isAdmin: true });
    expect((await as("op", "admin block", inOther)).text).toMatch(/here or anywhere else/);
    expect((await as("boss", "admin unblock")).text).toMatch(/blocked everywhere by the people who run/);
    const asks = () => other.chat.send({ ...command("edit", { prompt: "x" }), pictures: [other.picture] });
    expect((await asks()).text).toMatch(/blocked you/);
    await as("op", "admin unblock");
    expect((await asks()).text).toMatch(/^On it!/);
  });

  it("by the operator is told to be blocked in this process alone where others serve other servers", async () => {
    const chat = Object.assign(createMemoryChat(), { isPart: true });
    await using other = await startMemoryBot({ admins: ["memory:op"], chat });
    const blocked = { ...command("admin block", { member: "alice" }), place: inOther };
    const { text } = await other.chat.send(blocked, { id: "op", isAdmin: true });
    expect(text).toMatch(/any other server that this process serves.*in a server of each/);
  });

  it("is never who the configuration names, nor who blocks", async () => {
    await using other = await startMemoryBot({ admins: ["memory:op"] });
    const block = (id: string, member: string) =>
      other.chat.send(command("admin block", { member }), { id, isAdmin: true });
    await block("boss", "op");
    expect((await other.chat.send(command("queue"), { id: "op" })).text).not.toMatch(/blocked/);
    expect((await block("boss", "boss")).text).toBe("You cannot block yourself.");
  });
});

describe("moderators", () => {
  const mod = (over: object = {}) => ({ id: "mod", groups: ["g1"], ...over });
  const asMod = (name: string, options = {}, over: object = {}) =>
    bot.chat.send(command(name, options), mod(over));

  it("of one workspace are none of another, steer in closed channels, and shut no admin out", async () => {
    await asBoss("admin moderators", { do: "set", group: "g1" });
    await asBoss("admin channels", { do: "deny", channel: "c1" });
    expect((await asMod("admin queue")).text).toContain("Lanes");
    const elsewhere = { ...command("admin queue"), place: inOther };
    expect((await bot.chat.send(elsewhere, mod())).text).toMatch(/for admins/);
    expect((await asMod("admin block", { member: "boss" })).text).toMatch(/no more edits here/);
    expect((await asBoss("admin unblock", { member: "boss" })).text).toMatch(/can ask for edits here again/);
    await asBoss("admin block", { member: "mod" });
    expect((await asMod("admin queue")).text).toMatch(/blocked you/);
  });

  it("whom the server's settings let send a command are no admins by that; others are", async () => {
    const byLeave = { isAdmin: true, isAdminByLeave: true };
    expect((await asMod("admin reset", { setting: "words" }, byLeave)).text).toMatch(/as it was at first/);
    await asBoss("admin moderators", { do: "set", group: "g1", commands: "pause" });
    await asBoss("admin moderators", { do: "set", group: "g1", commands: "queue" });
    expect((await asMod("admin queue", {}, byLeave)).text).toContain("Lanes");
    expect((await asMod("admin reset", { setting: "words" }, byLeave)).text).toMatch(/for admins/);
    expect((await asMod("admin pause", {}, byLeave)).text).toMatch(/for admins/);
    expect((await asMod("admin pause", {}, { ...byLeave, groups: [] })).text).toMatch(/paused/);
  });

  it("are refused, and nobody else is, where what they were given cannot be read", async () => {
    await bot.store.settings.set("memory:w1", "moderators", ["g1"]);
    expect((await asMod("admin queue")).text).toMatch(/cannot check who may do that/);
    expect((await edit()).text).toMatch(/^On it!/);
    expect((await asBoss("admin queue")).text).toMatch(/damaged and cannot be read: moderators/);
    await asBoss("admin reset", { setting: "moderators" });
    expect((await asMod("admin queue")).text).toMatch(/for admins/);
  });
});

describe("rules for channels", () => {
  const inChannel = (channel: string, rest: Partial<Place> = {}): Place => ({ ...general, channel, ...rest });
  const isAnswered = async (place: Place) => (await edit(place)).text.startsWith("On it!");

  it("hold for every event; an admin steers anywhere, and results go where they are", async () => {
    const job = await bot.edit();
    await asBoss("admin channels", { do: "deny", channel: "c1" });
    const refused = /do not answer in this channel/;
    expect((await edit()).text).toMatch(refused);
    expect((await mention()).text).toMatch(refused);
    expect((await bot.chat.send(buttonIn("2"))).text).toMatch(refused);
    await bot.chat.send(reaction("2️⃣"));
    await bot.settle();
    expect(await rank(job)).toBe(1);
    expect((await asBoss("admin queue")).text).toContain("Lanes");
    expect((await bot.chat.send(buttonIn("Delete"))).text).not.toMatch(refused);
  });

  it("to deny one channel leaves all others", async () => {
    expect((await asBoss("admin channels", { do: "deny", channel: "c2" })).text).toBe(
      "I answer everywhere but in: #c2",
    );
    expect(await isAnswered(inChannel("c2"))).toBe(false);
    expect(await isAnswered(inChannel("t1", { parent: "c2" }))).toBe(false);
    expect(await isAnswered(inChannel("c3"))).toBe(true);
    await asBoss("admin channels", { do: "allow", channel: "c2" });
    expect(await isAnswered(inChannel("c2"))).toBe(true);
  });

  it("of a category hold for its channels and their threads, until one is named itself", async () => {
    await asBoss("admin channels", { do: "allow", channel: "g1" });
    expect(await isAnswered(inChannel("c2", { category: "g1" }))).toBe(true);
    expect(await isAnswered(inChannel("t1", { parent: "c2", category: "g1" }))).toBe(true);
    expect(await isAnswered(inChannel("c3", { category: "g2" }))).toBe(false);
    expect(await isAnswered(inChannel("c4"))).toBe(false);
    expect((await asBoss("admin channels", { do: "deny", channel: "c2" })).text).toBe(
      "I answer only in: #g1; not in: #c2",
    );
    expect(await isAnswered(inChannel("c2", { category: "g1" }))).toBe(false);
    expect(await isAnswered(inChannel("c5", { category: "g1" }))).toBe(true);
  });

  it("that were stored as a list of channels are kept", async () => {
    await bot.store.settings.set("memory:w1", "channels", ["c2"]);
    expect(await isAnswered(inChannel("c2"))).toBe(true);
    expect(await isAnswered(general)).toBe(false);
  });
});

describe("answers that everybody reads", () => {
  it("end for a while after a few to one member", async () => {
    const answers = await Promise.all(Array.from({ length: 200 }, () => mention()));
    expect(answers.filter(({ text }) => text !== "")).toHaveLength(publicAnswers.ofMember);
  });

  it("end for a while after a few in one channel, whoever asks", async () => {
    const answers = [];
    for (let index = 0; index < 40; index++) answers.push(await mention(`m${index}`));
    expect(answers.filter(({ text }) => text !== "")).toHaveLength(publicAnswers.inChannel);
    const elsewhere = { ...general, channel: "c2" };
    expect((await mention("m99", elsewhere)).text).not.toBe("");
  });

  it("come again after a minute", async () => {
    let now = 0;
    await using other = await startMemoryBot({ monotonicClock: () => now });
    const asks = async () => {
      const named = { kind: "mention", isNamed: true, text: "hi", replyTo: null } as const;
      const message = { platform: "memory", workspace: "w1", channel: "c1", message: "m0", thread: null };
      return (await other.chat.send({ ...named, message })).text !== "";
    };
    for (let index = 0; index < publicAnswers.ofMember; index++) expect(await asks()).toBe(true);
    expect(await asks()).toBe(false);
    now += publicAnswers.seconds * 1000;
    expect(await asks()).toBe(true);
  });

  it("go on to the member alone where the platform can do that, and end after a few too", async () => {
    bot.chat.answersAlone = true;
    const answers = [];
    for (let index = 0; index < 20; index++) answers.push(await mention());
    expect(answers.map(({ said, saidAlone }) => `${said.length}${saidAlone.length}`).join(" ")).toBe(
      [
        ...Array(publicAnswers.ofMember).fill("10"),
        ...Array(publicAnswers.alone).fill("01"),
        ...Array(20 - publicAnswers.ofMember - publicAnswers.alone).fill("00"),
      ].join(" "),
    );
  });

  it("are not what is said to one member alone", async () => {
    for (let index = 0; index < 10; index++)
      expect((await bot.chat.send(command("queue"))).text).not.toBe("");
    for (let index = 0; index < 10; index++) expect((await mention(alice.id, direct)).text).not.toBe("");
  });
});

describe("a setting that cannot be read", () => {
  it.each([
    ["blocked", "memory:w1", { list: ["alice"] }],
    ["blocked", "", "alice"],
    ["channels", "memory:w1", "c1"],
    ["limits", "memory:w1", { all: { waiting: "two" } }],
    ["ceilings", "memory:w1", 3],
    ["words", "memory:w1", [1]],
    ["safety", "memory:w1", "strict"],
    ["cooldown", "memory:w1", 30],
    ["private", "memory:w1", true],
    ["packs", "memory:w1", ["far"]],
  ])(
    "refuses what %s of %j decides, says so to members and admins, and is logged once",
    async (name, scope, value) => {
      await bot.store.settings.set(scope, name, value as never);
      for (const _ of [1, 2]) {
        expect((await edit()).text).toBe(
          "I cannot check who may do that here, because one of my settings is damaged. An admin has been told; try again later.",
        );
      }
      expect(await bot.store.jobs.count({})).toBe(0);
      const complaints = logged.filter(({ level }) => level === "error").map(({ details }) => details);
      expect(complaints).toEqual([expect.objectContaining({ code: "settings-unreadable", name, scope })]);
      const setting = name === "ceilings" ? "limits" : name;
      expect((await asBoss("admin queue")).text).toMatch(
        new RegExp(`damaged and cannot be read: ${name}.*/admin reset ${setting} puts`),
      );
      await asBoss("admin reset", { setting });
      expect((await asBoss("admin queue")).text).not.toMatch(/damaged/);
      expect((await edit()).text).toMatch(/^On it!/);
    },
  );

  it("of paused lanes is named to admins, until an operator resumes them", async () => {
    const folder = mkdtempSync(join(tmpdir(), "lrbot-gate-"));
    try {
      const before = await openSqliteStore({ folder });
      await before.settings.set("", "lanes", { paused: "all" });
      await before[Symbol.asyncDispose]();
      await using other = await startMemoryBot({ folder });
      const asks = (name: string) => other.chat.send(command(name), { id: "boss", isAdmin: true });
      const damaged = /list of paused lanes is damaged.*\/admin resume/;
      expect((await asks("admin words")).text).toMatch(damaged);
      await asks("admin resume");
      expect((await asks("admin words")).text).not.toMatch(damaged);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("is not changed by the command that would add to it", async () => {
    await bot.store.settings.set("memory:w1", "words", "gun");
    const { text } = await asBoss("admin words", { do: "add", word: "bomb" });
    expect(text).toMatch(/damaged/);
    expect(text).not.toMatch(/Refused words/);
    expect(await bot.store.settings.get("memory:w1", "words")).toBe("gun");
  });
});

describe("admins of one of several workspaces", () => {
  beforeEach(() => {
    bot.chat.workspaces = ["w1", "w2"];
  });
  const refused = /only the people who run it can do that/;

  it.each(["pause", "resume", "drain"])("do not %s the lanes, which all share", async (name) => {
    expect((await asBoss(`admin ${name}`)).text).toMatch(refused);
    expect(bot.scheduler.isDraining).toBe(false);
    expect(bot.scheduler.lanes.every(({ isPaused }) => !isPaused)).toBe(true);
  });

  it("nor do they before it is known how many there are", async () => {
    bot.chat.workspaces = null;
    expect((await asBoss("admin drain")).text).toMatch(refused);
    bot.chat.workspaces = ["w1"];
    expect((await asBoss("admin drain")).text).not.toMatch(refused);
  });

  it("cancel jobs of theirs alone", async () => {
    await bot.scheduler.pause(null);
    await edit(general);
    const mine = await bot.job();
    await edit(inOther, "bob");
    const theirs = (await bot.store.jobs.list({ limit: 5 })).find(({ id }) => id !== mine.id);
    expect((await asBoss("admin cancel", { job: theirs?.id ?? "" })).text).toMatch(/no such job here/);
    expect((await asBoss("admin cancel", { all: true })).text).toBe("Cancelled 1 job.");
    expect((await bot.store.jobs.find(theirs?.id ?? ""))?.state).toBe("waiting");
  });

  it("move jobs before those of theirs alone", async () => {
    await bot.scheduler.pause(null);
    const ids: string[] = [];
    for (const [place, id] of [
      [general, "ann"],
      [inOther, "bob"],
      [general, "cleo"],
      [inOther, "dora"],
      [general, "eve"],
    ] as const) {
      await edit(place, id);
      ids.push((await bot.job()).id);
    }
    const [ann, bob, cleo, dora, eve] = ids;
    const { text } = await asBoss("admin move", { job: eve ?? "" });
    expect(text).toBe(`Job ${eve} is the next one of here. Jobs from elsewhere keep their places.`);
    expect([...(await bot.scheduler.standings()).keys()]).toEqual([eve, bob, ann, dora, cleo]);
    expect((await asBoss("admin move", { job: bob ?? "" })).text).toMatch(/no such job here/);
    await bot.scheduler.cancel(cleo ?? "");
    expect((await asBoss("admin move", { job: cleo ?? "" })).text).toBe(`Job ${cleo} is not waiting.`);
  });

  it("set limits below what the operator grants, for everybody, a member and a group", async () => {
    const above = /Not above 5 waiting or running and 50 in 24 hours/;
    expect((await asBoss("admin limits", { waiting: 1000, per_day: 100_000 })).text).toMatch(above);
    expect((await asBoss("admin limits", { waiting: 6, member: "alice" })).text).toMatch(above);
    expect((await asBoss("admin limits", { per_day: 51, group: "painters" })).text).toMatch(above);
    expect((await asBoss("admin limits", { waiting: 2 })).text).toMatch(/^Everybody here: 2 waiting/);
  });

  it("and what was set above it before is applied no further than that", async () => {
    await bot.store.settings.set("memory:w1", "limits", { all: { waiting: 1000, perDay: 100_000 } });
    expect((await asBoss("admin limits")).text).toBe("Everybody here: 5 waiting or running, 50 in 24 hours.");
    await bot.scheduler.pause(null);
    for (let index = 0; index < 5; index++) expect((await edit()).text).toMatch(/^On it!/);
    expect((await edit()).text).toMatch(/5 jobs waiting or running, which is the limit/);
  });

  it("are granted more by an operator", async () => {
    await using other = await startMemoryBot({ admins: ["memory:op"] });
    const limits = (id: string, options: Record<string, number | boolean | string>) =>
      other.chat.send(command("admin limits", options), { id, isAdmin: true });
    expect((await limits("boss", { waiting: 20 })).text).toMatch(/Not above 5/);
    expect((await limits("op", { waiting: 20 })).text).toMatch(/^Everybody here: 20 waiting/);
    expect((await limits("boss", { waiting: 3 })).text).toMatch(/^Everybody here: 3 waiting/);
    expect((await limits("boss", { waiting: 20 })).text).toMatch(/^Everybody here: 20 waiting/);
    await limits("op", { clear: true });
    expect((await limits("boss", { waiting: 20 })).text).toMatch(/Not above 5/);
  });
});

describe("refused words", () => {
  const reply = (text: string) =>
    bot.chat.send({
      ...({ kind: "mention", isNamed: false, text, replyTo: bot.chat.shown(0).post.ref } as const),
      message: { platform: "memory", workspace: "w1", channel: "c1", message: "m0", thread: null },
    });

  it("stop an edit at every way in, in the sentence and in what is to be replaced", async () => {
    const job = await bot.edit("a gun");
    expect((await reply("a bigger gun")).said).toHaveLength(1);
    await asBoss("admin words", { do: "add", word: "gun" });
    const pictures = [bot.picture];
    const refused = /words that are refused/;
    const asks = (options: Record<string, string>) =>
      bot.chat.send({ ...command("edit", options), pictures });
    expect((await asks({ prompt: "a g.u.n" })).text).toMatch(refused);
    expect((await asks({ prompt: "a tree", source: "two guns" })).text).toMatch(refused);
    for (const opened of [
      await bot.chat.send({ kind: "message-action", message: bot.chat.shown(0).post.ref, pictures }),
      await bot.chat.send(buttonIn("Edit again")),
    ]) {
      const modal = opened.modal?.id ?? "";
      for (const fields of [{ prompt: "a GUN" }, { prompt: "a tree", source: "gսn" }])
        await bot.chat.send({ kind: "modal", modal, fields });
    }
    const named = { ...mentionOf("a gun"), pictures } as const;
    expect((await bot.chat.send(named)).text).toMatch(refused);
    expect((await bot.chat.send(buttonIn("Reroll"))).text).toMatch(refused);
    // An offer would say it again, where everybody reads it.
    expect((await reply("a bigger gun")).said).toHaveLength(0);
    await bot.settle();
    expect((await bot.store.jobs.list({})).map(({ id }) => id)).toEqual([job.id]);
  });

  it("are not repeated where a picture is named so", async () => {
    await asBoss("admin words", { do: "add", word: "gun" });
    const pictures = [{ ...bot.picture, fileName: "a gun.png" }, bot.picture];
    const { text } = await bot.chat.send({ ...mentionOf("a tree"), pictures });
    expect(text).toContain("Which of the 2 pictures?");
    expect(text).not.toMatch(/gun/);
  });

  it("have letters, stars alone are told to name a word", async () => {
    expect((await asBoss("admin words", { do: "add", word: "**" })).text).toBe("Say which word.");
    expect((await asBoss("admin words", { do: "add", word: "*gun*" })).text).toBe("Refused words: *gun*");
  });
});
