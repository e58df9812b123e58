import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openWorkspace, png, text, type Workspace } from "./test-workspace.ts";

describe.each(["socket", "http"] as const)("what members do, over %s", (mode) => {
  let work: Workspace;

  beforeEach(async () => {
    work = await openWorkspace({ mode });
  });

  afterEach(async () => {
    expect(work.slack.violations).toEqual([]);
    expect(work.log.filter(({ level }) => level === "error" || level === "warn")).toEqual([]);
    await work[Symbol.asyncDispose]();
  });

  it("hears /edit with its text, whatever quotes stand around it", async () => {
    const { slack } = work;
    const [alice, channel] = [slack.member({ name: "alice", locale: "de-DE" }), slack.channel()];
    for (const typed of ['"a big tree"', "“a big tree”", "a big tree", "„a big tree“"]) {
      expect((await alice.slash("/edit", typed, { channel })).outcome).toBe("acknowledged");
      const event = await work.next("command");
      expect(event).toMatchObject({
        name: "edit",
        options: { prompt: "a big tree" },
        pictures: [],
        member: { id: alice.id, name: "alice", locale: "de-DE", isAdmin: false, groups: [] },
        place: {
          platform: "slack",
          workspace: slack.team.id,
          channel: channel.id,
          thread: null,
          isDirect: false,
        },
      });
    }
    await alice.slash("/edit", "");
    expect(await work.next("command")).toMatchObject({ options: {}, place: { isDirect: true } });
    expect(work.acknowledged).toHaveLength(5);
  });

  it("reads the options of /lrbot, and knows admins and owners", async () => {
    const { slack } = work;
    const [bob, root, owner] = [slack.member(), slack.member({ admin: true }), slack.member({ owner: true })];
    await root.slash("/lrbot", `admin limits waiting:3 member:<@${bob.id}|bob>`);
    expect(await work.next("command")).toMatchObject({
      name: "admin limits",
      options: { waiting: 3, member: bob.id },
      member: { isAdmin: true },
    });
    await owner.slash("/lrbot", "queue");
    expect(await work.next("command")).toMatchObject({ name: "queue", member: { isAdmin: true } });
    await bob.slash("/lrbot", "what can you do?");
    expect(await work.next("command")).toMatchObject({ name: "help", member: { isAdmin: false } });
  });

  it("tells in which user groups a member is, and works where it may not know", async () => {
    const { slack } = work;
    const [alice, bob] = [slack.member(), slack.member()];
    const painters = slack.group("painters", [alice]);
    slack.group("gone", [alice]).isDisabled = true;
    await alice.slash("/lrbot", `admin limits waiting:3 <!subteam^${painters.id}|@painters>`);
    expect(await work.next("command")).toMatchObject({
      options: { waiting: 3, group: painters.id },
      member: { groups: [painters.id] },
    });
    await bob.slash("/lrbot", "queue");
    expect((await work.next("command")).member.groups).toEqual([]);
    expect(slack.requests.filter(({ method }) => method === "usergroups.list")).toHaveLength(1);

    await using other = await openWorkspace({ mode });
    other.slack.settings.scopes.delete("usergroups:read");
    const carol = other.slack.member({ locale: "de-DE" });
    other.slack.group("painters", [carol]);
    await carol.slash("/lrbot", "queue");
    expect((await other.next("command")).member).toMatchObject({ groups: [], locale: "de-DE" });
  });

  it("hands over a command that it cannot read, with how it is typed", async () => {
    await work.slack.member().slash("/lrbot", "admin limits waiting:many");
    expect(await work.next("misread")).toMatchObject({
      got: "many",
      usages: [expect.stringMatching(/^\/lrbot admin limits \[waiting:0–1000\]/)],
    });
    const command = await work.slack.member().slash("/lrbot", "admin words");
    const misread = await work.next("misread");
    expect(misread).toMatchObject({ got: null, usages: ["/lrbot admin words <list|add|remove> [word]"] });
    await misread.respond.say(text("typed so"));
    expect((await command.reply()).ephemeralTo).not.toBeNull();
  });

  it("finds the files of a forwarded message, and bears odd ones among them", async () => {
    const { slack } = work;
    const [alice, bob, channel] = [slack.member(), slack.member(), slack.channel()];
    const message = bob.say(channel, "my lawn", { files: [{ name: "lawn.png", bytes: png }] });
    slack.settings.tells = (_, payload) => {
      const { message: asked } = payload as { message?: { files?: unknown[] } };
      if (!asked?.files) return payload;
      const odd = [
        null,
        7,
        { name: "no id" },
        { id: "F0GONE", mode: "tombstone" },
        { id: "F0HID", mode: "hidden_by_limit" },
      ];
      const files = [
        ...odd,
        ...asked.files.map((file) => ({ ...(file as object), size: "large", title: 3 })),
      ];
      const attachments = [null, { is_share: true, is_msg_unfurl: true, files }, { text: "a link" }];
      return { ...payload, message: { ...asked, files: null, blocks: null, attachments } };
    };
    await alice.shortcut("edit_image", message);
    expect((await work.next("message-action")).pictures).toMatchObject([
      { fileName: "lawn.png", contentType: "image/png", bytes: null },
    ]);
  });

  it("hands over the files of a message that is to be edited", async () => {
    const { slack } = work;
    const [alice, bob, channel] = [slack.member(), slack.member(), slack.channel()];
    const message = bob.say(channel, "my lawn", {
      files: [
        { name: "lawn.png", bytes: png },
        { name: "notes.txt", bytes: png },
      ],
    });
    alice.say(channel, "nice");
    await alice.shortcut("edit_image", message);
    const event = await work.next("message-action");
    expect(event.message).toMatchObject({ channel: channel.id, message: message.ts, thread: null });
    expect(event.place.thread).toBe(message.ts);
    expect(event.pictures).toMatchObject([
      { fileName: "lawn.png", contentType: "image/png", bytes: png.length },
    ]);
  });

  it("opens a modal at once, and reads what comes of it", async () => {
    const { slack } = work;
    const [alice, channel] = [slack.member(), slack.channel()];
    work.answer = async (event) => {
      if (event.kind === "command") await event.respond.openModal(modal);
    };
    const command = await alice.slash("/edit", '"a tree"', { channel });
    const view = await command.view();
    const blocks = view.content.blocks as { element: { initial_value?: string } }[];
    expect(blocks[0]?.element.initial_value).toBe("a tree");
    const file = alice.upload({ name: "lawn.png", bytes: png });
    const submission = await alice.submitView(view, {
      values: { prompt: "a big tree", options: ["private"] },
      files: [file],
    });
    expect(submission.errors).toBeNull();
    const event = await work.next("modal");
    expect(event).toMatchObject({
      modal: modal.id,
      fields: { prompt: "a big tree", source: "", options: ["private"] },
      place: { channel: channel.id, thread: null },
      pictures: [{ id: file.id, fileName: "lawn.png" }],
    });
    await event.respond.acknowledge();
    await event.respond.say(text("queued"));
    await slack.until(() => alice.sees(channel).some(({ content }) => content.text === "queued"));
    expect(slack.member().sees(channel)).toEqual([]);
  });

  it("tells which button was pressed, on which message", async () => {
    const { slack, platform } = work;
    const [alice, channel] = [slack.member(), slack.channel()];
    alice.say(channel, "hi");
    const place = {
      platform: "slack",
      workspace: slack.team.id,
      channel: channel.id,
      thread: null,
      isDirect: false,
    };
    const ref = await platform.post(
      place,
      {
        ...text("done"),
        buttons: [[{ id: "lr1.show.job.2", label: "Second", emoji: "2️⃣", style: "secondary" }]],
      },
      { key: "job-j", ...signal },
    );
    const message = slack.messages.find(({ ts }) => ts === ref.message);
    if (!message) throw new Error("no message");
    await alice.press(message, { text: "2️⃣ Second" });
    const event = await work.next("button");
    expect(event).toMatchObject({ button: "lr1.show.job.2", message: ref, place: { thread: ref.message } });
    await event.respond.acknowledgeSilently();
    await event.respond.say(text("only for you"));
    expect(message.revisions).toHaveLength(1);
    expect(alice.sees(channel).at(-1)?.content.text).toBe("only for you");
    expect(slack.member().sees(channel)).toHaveLength(2);
  });

  it("reads the message of a mention once where its event has no files", async () => {
    const { slack } = work;
    const [alice, channel] = [slack.member(), slack.channel()];
    slack.settings.tells = (type, payload) => {
      const { files: _, ...event } = payload.event as Record<string, unknown>;
      return type === "events_api" ? { ...payload, event } : payload;
    };
    const root = alice.say(channel, "let us paint");
    for (const thread of [undefined, root]) {
      alice.say(channel, "a tree", {
        mentionsBot: true,
        files: [{ name: "cat.png", bytes: png }],
        ...(thread ? { thread } : {}),
      });
      expect(await work.next("mention")).toMatchObject({ pictures: [{ fileName: "cat.png" }] });
    }
    slack.inject({ method: "conversations.history", status: 429 });
    alice.say(channel, "a tree", { mentionsBot: true, files: [{ name: "cat.png", bytes: png }] });
    expect(await work.next("mention")).toMatchObject({ pictures: [], isUnread: true });
    const read = slack.requests.filter(({ method }) => /^conversations\.(history|replies)$/.test(method));
    expect(read.map(({ method }) => method)).toEqual([
      ...["conversations.history", "conversations.replies", "conversations.history"],
    ]);
  });

  it("hears mentions in channels and threads, and what is said in direct messages", async () => {
    const { slack } = work;
    const [alice, channel] = [slack.member(), slack.channel()];
    const picture = alice.say(channel, "my lawn", { files: [{ name: "lawn.png", bytes: png }] });
    const mention = alice.say(channel, "a <big> tree & more", {
      mentionsBot: true,
      files: [{ name: "other.png", bytes: png }],
    });
    expect(await work.next("mention")).toMatchObject({
      text: "a <big> tree & more",
      replyTo: null,
      pictures: [{ fileName: "other.png" }],
      place: { thread: mention.ts },
      message: { message: mention.ts, thread: null },
    });
    const reply = alice.say(channel, "a tree", { mentionsBot: true, thread: picture });
    const event = await work.next("mention");
    expect(event).toMatchObject({
      text: "a tree",
      replyTo: { message: picture.ts },
      place: { thread: picture.ts },
      message: { message: reply.ts, thread: picture.ts },
    });
    if (!event.replyTo) throw new Error("no parent");
    expect(await work.platform.picturesIn(event.replyTo, signal)).toMatchObject([{ fileName: "lawn.png" }]);
    await event.respond.acknowledge();
    await event.respond.say(text("queued"));
    expect(slack.messages.at(-1)).toMatchObject({ threadTs: picture.ts, ephemeralTo: null });
    await event.respond.sayAlone?.(text("to you"));
    expect(slack.messages.at(-1)).toMatchObject({ threadTs: picture.ts, ephemeralTo: alice.id });
    // A thread that holds nothing yet is shown to nobody.
    alice.say(channel, "what now?", { mentionsBot: true });
    await (await work.next("mention")).respond.sayAlone?.(text("to you"));
    expect(slack.messages.at(-1)).toMatchObject({ threadTs: null, ephemeralTo: alice.id });

    alice.say(alice.dm, "hello");
    expect(await work.next("mention")).toMatchObject({ text: "hello", place: { isDirect: true } });
    alice.say(channel, "not for the bot");
    expect(work.events).toHaveLength(4);
  });

  it("hears reactions on its messages, of the emojis that it knows", async () => {
    const { slack, platform } = work;
    const [alice, channel] = [slack.member(), slack.channel()];
    const place = {
      platform: "slack",
      workspace: slack.team.id,
      channel: channel.id,
      thread: null,
      isDirect: false,
    };
    const ref = await platform.post(place, text("done"), { key: "job-j", ...signal });
    await platform.react(ref, ["1️⃣", "2️⃣", "🔲"], signal);
    await platform.react(ref, ["2️⃣"], signal);
    const message = slack.messages[0];
    if (!message) throw new Error("no message");
    expect(message.reactions.map(({ name }) => name)).toEqual(["one", "two", "black_square_button"]);
    alice.react(message, "heart");
    alice.react(alice.say(channel, "mine"), "one");
    alice.react(message, "two");
    expect(await work.next("reaction")).toMatchObject({ emoji: "2️⃣", isAdded: true, message: ref });
    alice.unreact(message, "two");
    expect(await work.next("reaction")).toMatchObject({ isAdded: false, member: { id: alice.id } });
    alice.react(message, "black_square_button");
    expect(await work.next("reaction")).toMatchObject({ emoji: "🔲" });
    expect(work.events).toHaveLength(3);
  });

  it("hands nothing over twice", async () => {
    const { slack } = work;
    const [alice, channel] = [slack.member(), slack.channel()];
    slack.disturb({ duplicate: true, type: "events_api" });
    alice.say(channel, "a tree", { mentionsBot: true });
    slack.disturb({ duplicate: true, type: "slash_commands" });
    await alice.slash("/lrbot", "queue", { channel });
    await work.next("mention");
    await work.next("command");
    await slack.until(
      () => slack.deliveries.filter(({ outcome }) => outcome === "acknowledged").length === 4,
    );
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(work.events).toHaveLength(2);
  });

  it("acknowledges while Slack is slow to say who somebody is, and takes them for no admin", async () => {
    const { slack } = work;
    slack.inject({ method: "users.info", delay: 5000, times: 3 });
    const root = slack.member({ admin: true });
    const command = await root.slash("/edit", "a tree");
    expect(command.ackMilliseconds).toBeLessThan(1000);
    expect(await work.next("command")).toMatchObject({
      member: { id: root.id, isAdmin: false, locale: "en-US" },
    });
  });

  it("asks for files of other workspaces, and waits for those that are not ready", async () => {
    const { slack, platform } = work;
    const [alice, channel] = [slack.member(), slack.channel()];
    alice.say(channel, "a tree", {
      mentionsBot: true,
      files: [{ name: "far.png", bytes: png, needsFileInfo: true }],
    });
    expect((await work.next("mention")).pictures).toMatchObject([{ fileName: "far.png", bytes: png.length }]);
    alice.say(channel, "a tree", {
      mentionsBot: true,
      files: [{ name: "slow.png", bytes: png, notReadyCalls: 2 }],
    });
    const [picture] = (await work.next("mention")).pictures;
    if (!picture) throw new Error("no picture");
    expect(picture).toMatchObject({ fileName: "slow.png", contentType: null });
    const path = `${await work.file("x", png)}.saved`;
    await platform.save(picture, path, { maxBytes: 1000, ...signal });
    expect(slack.downloads.at(-1)).toMatchObject({ file: picture.id, token: slack.botToken });
  });
});

const { signal: never } = new AbortController();
const signal = { signal: never };

const modal = {
  id: "lr1.new.abcdefgh.0.signature",
  title: "Edit a picture",
  submit: "Edit",
  fields: [
    {
      name: "prompt",
      kind: "text",
      label: "What to paint",
      hint: "In one sentence",
      value: "a tree",
      placeholder: "a big tree",
      isRequired: true,
      maxLength: 1000,
      isLong: true,
    },
    { name: "image", kind: "picture", label: "Picture", isRequired: true },
    {
      name: "source",
      kind: "text",
      label: "Where",
      value: "",
      placeholder: "",
      isRequired: false,
      maxLength: 100,
      isLong: false,
    },
    {
      name: "options",
      kind: "toggles",
      label: "Options",
      choices: [
        { value: "overlay", label: "Show the box", isOn: false },
        { value: "private", label: "For my eyes", isOn: true },
      ],
    },
  ],
} as const;
