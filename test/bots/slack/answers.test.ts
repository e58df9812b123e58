import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Attachment, ChatEvent, Modal } from "../../../src/bots/chat.ts";
import { call, openWorkspace, png, text, type Workspace } from "./test-workspace.ts";

let work: Workspace;

beforeEach(async () => {
  work = await openWorkspace();
});

afterEach(async () => {
  expect(work.slack.violations).toEqual([]);
  await work[Symbol.asyncDispose]();
});

const textsIn = (
  channel: Parameters<Workspace["slack"]["upload"]>[0]["by"]["dm"],
  by = work.slack.member(),
) => by.sees(channel).map(({ content }) => content.text);

describe("an answer to a command", () => {
  it("is seen by its member alone, with pictures, also where the bot is not a member", async () => {
    const { slack } = work;
    const [alice, bob, channel] = [slack.member(), slack.member(), slack.channel({ withBot: false })];
    const command = await alice.slash("/lrbot", "queue", { channel });
    const { respond } = await work.next("command");
    await respond.acknowledge();
    await respond.say({ ...text("here, ", { member: bob.id }), pictures: [await work.picture()] });
    const reply = await command.reply();
    expect(textsIn(channel, alice)).toEqual([`here, @${bob.id}`]);
    expect(textsIn(channel, bob)).toEqual([]);
    expect(reply.content.blocks).toMatchObject([
      { elements: [{ elements: [{ text: "here, " }, { type: "user", user_id: bob.id }] }] },
      { type: "image" },
    ]);
    expect(reply.content.blocks).toHaveLength(2);
  });

  it("shows that it takes a while only where it does", async () => {
    const { slack } = work;
    const alice = slack.member();
    await alice.slash("/lrbot", "queue");
    const { respond } = await work.next("command");
    await respond.acknowledge();
    await slack.until(() => textsIn(alice.dm, alice).includes("⏳"));
    await respond.say(text("done"));
    expect(textsIn(alice.dm, alice)).toEqual(["⏳", "done"]);
  });

  it("goes on past the five messages that Slack takes by the response URL", async () => {
    const { slack } = work;
    const [alice, channel] = [slack.member(), slack.channel()];
    await alice.slash("/lrbot", "queue", { channel });
    const { respond } = await work.next("command");
    for (let number = 1; number <= 7; number++) await respond.say(text(String(number)));
    expect(textsIn(channel, alice)).toEqual(["1", "2", "3", "4", "5", "6", "7"]);
    expect(textsIn(channel)).toEqual([]);
  });

  it("becomes a direct message where the bot may not write and the response URL is used up", async () => {
    const { slack } = work;
    const [alice, channel] = [slack.member(), slack.channel({ withBot: false })];
    await alice.slash("/lrbot", "queue", { channel });
    const { respond } = await work.next("command");
    for (let number = 1; number <= 6; number++) await respond.say(text(String(number)));
    expect(textsIn(channel, alice)).toHaveLength(5);
    expect(textsIn(alice.dm, alice)).toEqual(["6"]);
  });

  it("is tried again where Slack is busy", async () => {
    const { slack } = work;
    const alice = slack.member();
    await alice.slash("/lrbot", "queue");
    const { respond } = await work.next("command");
    slack.inject({ method: "response_url", status: 500 });
    slack.inject({ method: "response_url", status: 429, retryAfter: 1 });
    await respond.say(text("done"));
    expect(textsIn(alice.dm, alice)).toEqual(["done"]);
  });

  it("is refused after half an hour", async () => {
    await work.slack.member().slash("/lrbot", "queue");
    const { respond } = await work.next("command");
    expect(respond.isAlive).toBe(true);
    work.letPass(29 * 60_000);
    expect(respond.isAlive).toBe(true);
    work.letPass(60_000);
    expect(respond.isAlive).toBe(false);
    await expect(respond.say(text("late"))).rejects.toMatchObject({ failure: "expired" });
  });
});

describe("a modal", () => {
  const open = async (handle: (event: Extract<ChatEvent, { kind: "command" }>) => Promise<void>) => {
    work.answer = async (event) => {
      if (event.kind === "command") await handle(event);
    };
  };

  it("is answered where it was opened, also where the bot is not a member", async () => {
    const { slack } = work;
    const [alice, channel] = [slack.member(), slack.channel({ withBot: false })];
    await open(({ respond }) => respond.openModal(small));
    const view = await (await alice.slash("/edit", "", { channel })).view();
    await alice.submitView(view, { values: { prompt: "a tree" } });
    const event = await work.next("modal");
    expect(event).toMatchObject({
      modal: "small",
      fields: { prompt: "a tree" },
      place: { channel: channel.id },
    });
    await event.respond.say(text("invite me"));
    expect(textsIn(channel, alice)).toEqual(["invite me"]);
  });

  it("stays open as it was filled in where fields of it are refused, and is heard when it is sent again", async () => {
    const { slack } = work;
    const alice = slack.member();
    let seed = "wrong";
    work.answer = async (event) => {
      if (event.kind === "command") await event.respond.openModal(small);
      if (event.kind === "modal" && seed === "wrong")
        await event.respond.refuseFields({ prompt: "Not that." });
    };
    const view = await (await alice.slash("/edit", "")).view();
    const refused = await alice.submitView(view, { values: { prompt: "a tree" } });
    expect(refused.errors).toEqual({ prompt: "Not that." });
    expect(view.state).toBe("open");
    seed = "right";
    work.answer = async (event) => {
      if (event.kind === "modal") await event.respond.acknowledge();
    };
    const taken = await alice.submitView(view, { values: { prompt: "a red car" } });
    expect(taken.errors).toBeNull();
    expect(view.state).toBe("submitted");
    expect(work.events.filter(({ kind }) => kind === "modal")).toMatchObject([
      { fields: { prompt: "a tree" } },
      { fields: { prompt: "a red car" } },
    ]);
    const { respond } = await work.next("modal");
    expect(await respond.refuseFields({ prompt: "Too late." })).toBe(false);
    expect(work.acknowledged).toHaveLength(3);
  });

  it("is closed in time where nobody says whether it is taken", async () => {
    const { slack } = work;
    const alice = slack.member();
    work.answer = async (event) => {
      if (event.kind === "command") await event.respond.openModal(small);
    };
    const view = await (await alice.slash("/edit", "")).view();
    const sent = await alice.submitView(view, { values: { prompt: "a tree" } });
    expect(sent.outcome).toBe("acknowledged");
    expect(view.state).toBe("submitted");
  });

  it("is answered without the response URL too", async () => {
    const { slack } = work;
    const [alice, channel] = [slack.member(), slack.channel()];
    await open(({ respond }) => respond.openModal(small));
    const view = await (await alice.slash("/edit", "", { channel })).view();
    slack.clock.advance(40 * 60_000);
    await alice.submitView(view, { values: { prompt: "a tree" } });
    await (await work.next("modal")).respond.say(text("queued"));
    expect(textsIn(channel, alice)).toEqual(["queued"]);
    expect(textsIn(channel)).toEqual([]);
  });

  it("opens once where Slack's answer was lost", async () => {
    const { slack } = work;
    await open(({ respond }) => respond.openModal(small));
    slack.inject({ method: "views.open", drop: "after" });
    const command = await slack.member().slash("/edit", "");
    await command.view();
    await slack.until(() => slack.requests.filter(({ method }) => method === "views.open").length === 2);
    expect(command.views).toHaveLength(1);
  });

  it("that cannot be opened in time is reported", async () => {
    const { slack } = work;
    slack.settings.triggerLifetime = 1;
    const failures: unknown[] = [];
    await open(async ({ respond }) => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      await respond.openModal(small).catch((error: unknown) => failures.push(error));
    });
    await slack.member().slash("/edit", "");
    await slack.until(() => failures.length === 1);
    expect(failures[0]).toMatchObject({ failure: "expired" });
  });
});

describe("pictures of members", () => {
  async function handedOver(): Promise<Attachment> {
    const { slack } = work;
    slack.member().say(slack.channel(), "a tree", {
      mentionsBot: true,
      files: [{ name: "lawn.png", bytes: png }],
    });
    const [picture] = (await work.next("mention")).pictures;
    if (!picture) throw new Error("no picture");
    return picture;
  }
  const save = async (picture: Attachment, maxBytes = 1000) => {
    const path = `${await work.file("x", png)}.${Math.random()}`;
    await work.platform.save(picture, path, { maxBytes, ...call });
    return path;
  };

  it("are fetched with the bot's token from Slack's hosts alone", async () => {
    const picture = await handedOver();
    await save(picture);
    expect(work.slack.downloads).toEqual([{ file: picture.id, token: work.slack.botToken }]);
    await expect(save({ ...picture, url: "https://example.com/lawn.png" })).rejects.toMatchObject({
      code: "attachment-refused",
    });
  });

  it("are refused where they are too large, or a page in place of a picture", async () => {
    const picture = await handedOver();
    await expect(save(picture, 5)).rejects.toMatchObject({ code: "attachment-too-large" });
    work.slack.injectDownload({ html: true });
    await expect(save(picture)).rejects.toMatchObject({ code: "attachment-unavailable" });
  });

  it("are found in the bot's own messages too, and nowhere where it may not read", async () => {
    const { slack, platform } = work;
    const channel = slack.channel();
    const place = {
      platform: "slack",
      workspace: slack.team.id,
      channel: channel.id,
      thread: null,
      isDirect: false,
    };
    const message = { ...text("done"), pictures: [await work.picture("result.png")] };
    const ref = await platform.post(place, message, { key: "k1", ...call });
    const inThread = await platform.post(place, message, { key: "k2", replyTo: ref, ...call });
    for (const each of [ref, inThread]) {
      const [found] = await platform.picturesIn(each, call);
      expect(found).toMatchObject({ fileName: "result.png", contentType: "image/png" });
    }
    expect(await platform.picturesIn({ ...ref, message: "1.000001" }, call)).toEqual([]);
    channel.members.delete(slack.team.botUser.id);
    expect(await platform.picturesIn(ref, call)).toEqual([]);
  });
});

const small: Modal = {
  id: "small",
  title: "Edit",
  submit: "Go",
  fields: [
    {
      name: "prompt",
      kind: "text",
      label: "What",
      value: "",
      placeholder: "a tree",
      isRequired: true,
      maxLength: 100,
      isLong: false,
    },
  ],
};
