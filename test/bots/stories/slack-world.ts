import { commandsFor } from "../../../src/bots/commands/index.ts";
import { emojiNamed, nameOfEmoji } from "../../../src/bots/slack/emoji-names.ts";
import { createSlack } from "../../../src/bots/slack/slack.ts";
import { pauseFor } from "../../../src/retry.ts";
import {
  buttonLabels,
  type FakeChannel,
  type FakeMember,
  type FakeMessage,
  type FakeSlack,
  type FakeView,
  type Interaction,
  type Settings,
  startFakeSlack,
  visibleText,
} from "../../fakes/slack/index.ts";
import { type Answer, filledFields, offer, type Person, type Room, type Seen, type World } from "./world.ts";

/** Slack as people see it: a channel with the bot in it, one without, and threads. */
export async function createSlackWorld(
  settings: Partial<Settings> = {},
  started?: FakeSlack,
): Promise<World> {
  const slack = started ?? (await startFakeSlack(settings));
  // The limits are held by the fake's own tests; here they would only make the stories long.
  slack.settings.rateLimits.clear();
  const square = slack.channel({ name: "square", withBot: true });
  const closed = slack.channel({ name: "closed", kind: "private", withBot: false });
  const host = slack.member({ name: "host" });
  const threads = new Map<string, FakeMessage>();
  const users = new Map<string, FakeMember["user"]>();

  const placeOf = (room: Room = square): { channel: FakeChannel; thread?: FakeMessage } => {
    const thread = threads.get(room.id);
    return room.id === closed.id ? { channel: closed } : { channel: square, ...(thread ? { thread } : {}) };
  };

  function personOf(member: FakeMember): Person {
    const answerOf = (interaction: Interaction, inModal: readonly string[] = []): Answer => {
      const since = slack.messages.length;
      const replies = (): FakeMessage[] => {
        const later = slack.messages.slice(since).filter(({ ephemeralTo }) => ephemeralTo === member.id);
        const all = new Set([...interaction.replies, ...later]);
        return [...all].filter(({ deletedAt }) => deletedAt === null);
      };
      const replyWith = (label: string | RegExp) =>
        slack.until(() =>
          replies().findLast(({ content }) => findLabel(buttonLabels(content.blocks), label)),
        );
      return {
        acknowledgedAfter: interaction.ackMilliseconds,
        get text() {
          return [...inModal, ...replies().map(visibleText)].join("\n---\n");
        },
        get buttons() {
          return replies().flatMap(({ content }) => buttonLabels(content.blocks));
        },
        get pictures() {
          return replies().reduce((sum, message) => sum + slack.pictures(message).length, 0);
        },
        get picture() {
          return (
            replies()
              .flatMap((message) => slack.pictures(message).slice(0, 1))
              .at(-1)?.file.bytes ?? null
          );
        },
        file: null,
        async press(label) {
          const message = await replyWith(label);
          return answerOf(await member.press(message, { text: labelIn(message, label) }));
        },
        async fill(label, choices, mended) {
          const message = await replyWith(label);
          const pressed = await member.press(message, { text: labelIn(message, label) });
          const view = await pressed.view();
          const first = await submit(view, filledFields(choices, fieldsIn(view)));
          return mended ? submit(view, filledFields(mended, fieldsIn(view))) : first;
        },
      };
    };
    const submit = async (
      view: FakeView,
      values: Record<string, string | readonly string[]>,
      picture?: Uint8Array,
      name = "photo.png",
    ) => {
      const files = picture ? [slack.upload({ by: member, name, bytes: picture })] : [];
      const sent = await member.submitView(view, { values, files });
      return answerOf(sent, Object.values(sent.errors ?? {}));
    };

    return {
      id: member.id,
      async edit({ prompt, picture, fileName, room, isPrivate = false, showsBox = false, choices = {} }) {
        const { channel } = placeOf(room);
        const asked = await member.slash("/edit", "", { channel });
        const options = [...(isPrivate ? ["private"] : []), ...(showsBox ? ["overlay"] : [])];
        const refused = () => asked.replies.some((reply) => visibleText(reply) !== "⏳");
        const view = await slack.until(() => asked.views[0] ?? (refused() ? "none" : null));
        return view === "none"
          ? answerOf(asked)
          : submit(
              view as FakeView,
              { prompt, options, ...filledFields(choices, fieldsIn(view as FakeView)) },
              picture,
              fileName,
            );
      },
      async editFromMenu({ handle }, prompt, seeds) {
        const asked = await member.shortcut("edit_image", handle as FakeMessage);
        const view = await asked.view();
        if (!seeds) return submit(view, { prompt });
        const refused = await submit(view, { prompt, seed: seeds.seed });
        await submit(view, { prompt, seed: seeds.mendedSeed });
        return refused;
      },
      checkMarks: async ({ handle }) => answerOf(await member.shortcut("check_marks", handle as FakeMessage)),
      async share(picture, room) {
        const { channel, thread } = placeOf(room);
        const files = [{ name: "photo.png", bytes: picture }];
        return { handle: member.say(channel, "look", { files, ...(thread ? { thread } : {}) }) };
      },
      async tell(text) {
        member.say(member.dm, text);
      },
      async mention(text, { room, picture, others = [], replyTo, naming }) {
        const pictures = [...(picture ? [picture] : []), ...others];
        const { channel, thread } = placeOf(room);
        const answered = replyTo ? (replyTo.handle as FakeMessage) : thread;
        member.say(channel, text, {
          mentionsBot: true,
          ...(naming ? { naming: naming.id } : {}),
          files: pictures.map((bytes, index) => ({ name: `photo${index}.png`, bytes })),
          ...(answered ? { thread: answered } : {}),
        });
      },
      async reply({ handle }, text) {
        const thread = handle as FakeMessage;
        const channel = thread.channel === member.dm.id ? member.dm : square;
        member.say(channel, text, { thread });
      },
      async command(name, options = {}, room) {
        const { channel } = placeOf(room);
        const typed = Object.entries(options).map(([key, value]) =>
          /\s/.test(String(value)) ? `${key}:"${value}"` : `${key}:${value}`,
        );
        return answerOf(await member.slash("/lrbot", [name, ...typed].join(" "), { channel }));
      },
      async press({ handle }, label) {
        const message = handle as FakeMessage;
        return answerOf(await member.press(message, { text: labelIn(message, label) }));
      },
      async pressAndSay({ handle }, label, prompt, choices = {}) {
        const message = handle as FakeMessage;
        const pressed = await member.press(message, { text: labelIn(message, label) });
        const view = await pressed.view();
        return submit(view, { prompt, ...filledFields(choices, fieldsIn(view)) });
      },
      react: ({ handle }, emoji) => member.react(handle as FakeMessage, nameOfEmoji(emoji) ?? emoji),
      unreact: ({ handle }, emoji) => member.unreact(handle as FakeMessage, nameOfEmoji(emoji) ?? emoji),
      direct: () => seenIn(slack, member.dm),
      refuseDirectMessages() {
        member.user.refusesDirectMessages = "user_disabled";
        return true;
      },
    };
  }

  const world: World = {
    square,
    closed,
    thread() {
      const parent = host.say(square, "let us paint");
      threads.set(parent.ts, parent);
      return { id: parent.ts };
    },
    connect: (services) =>
      createSlack({
        botToken: slack.botToken,
        appToken: slack.appToken,
        signingSecret: null,
        apiUrl: slack.apiUrl,
        fileHosts: [new URL(slack.origin).host],
        avatarHosts: [new URL(slack.origin).host.replace("127.0.0.1", "localhost")],
        host: "127.0.0.1",
        port: 0,
        specs: commandsFor(offer),
        services,
        async pause(milliseconds) {
          slack.clock.advance(milliseconds);
          await pauseFor(1);
        },
      }),
    person(name, { locale = "en", isAdmin = false } = {}) {
      const member = slack.member({ name, locale: locale === "en" ? "en-US" : "de-DE", admin: isAdmin });
      closed.members.add(member.id);
      users.set(member.id, member.user);
      return personOf(member);
    },
    moderator(name) {
      const member = slack.member({ name });
      return { person: personOf(member), group: slack.group(name, [member]).id };
    },
    addressOf({ handle }) {
      const { team, files } = { team: slack.team.id, files: (handle as FakeMessage).content.files };
      return `${slack.origin}/files-pri/${team}-${files[0]}/photo.png`;
    },
    setAvatar({ id }, bytes) {
      const user = users.get(id);
      if (user) user.avatar = bytes;
      return user !== undefined;
    },
    violations: slack.violations,
    hasSinglePictures: false,
    showsOthersPictures: true,
    messages(room) {
      const { channel, thread } = placeOf(room);
      const all = seenIn(slack, channel);
      return thread ? all.filter(({ replyTo }) => replyTo === thread.ts) : all;
    },
    troublePosting(trouble) {
      if (trouble === "busy") slack.inject({ method: "chat.postMessage", status: 503, times: 2 });
      else if (trouble === "limited")
        slack.inject({ method: "chat.postMessage", status: 429, retryAfter: 1, times: 2 });
      else slack.inject({ method: "chat.postMessage", drop: "after" });
      return true;
    },
    troublePictures(trouble, maxBytes) {
      const { settings } = slack;
      if (trouble === "less room") settings.maxUploadBytes = maxBytes;
      else if (trouble === "slow files")
        Object.assign(settings, { fileUnknownCalls: 2, fileProcessing: 30_000 });
      else if (trouble === "no edits") settings.editsNeedShare = true;
      else if (trouble === "no blocks") Object.assign(settings, { slackFileNeedsShare: true, shareDelay: 0 });
      else if (trouble === "refused uploads") slack.inject({ method: "upload", status: 403, times: 2 });
      else return false;
      return true;
    },
    refuseNextPost() {
      slack.inject({ method: "chat.postMessage", error: "restricted_action" });
      return true;
    },
    loseSquare(how) {
      if (how === "gone") square.isArchived = true;
      else {
        // A public channel is still open to edits of what the bot has posted there.
        square.kind = "private";
        square.members.delete(slack.team.botUser.id);
      }
      return true;
    },
    age() {
      slack.settings.editWindow = 0;
      return true;
    },
    until: (look, what) => slack.until(look, { what, timeout: 20_000 }) as never,
    [Symbol.asyncDispose]: () => slack[Symbol.asyncDispose](),
  };
  return world;
}

function labelIn(message: FakeMessage, label: string | RegExp): string {
  const labels = buttonLabels(message.content.blocks);
  const found = findLabel(labels, label);
  if (!found) throw new Error(`Expected a button ${label}, got ${labels.join(", ")}`);
  return found;
}

function findLabel(labels: readonly string[], label: string | RegExp): string | undefined {
  return labels.find((each) => (typeof label === "string" ? bare(each) === label : label.test(each)));
}

/** Buttons carry their emoji in the label on Slack. */
function bare(label: string): string {
  return label.replace(/^[^\p{L}\p{N}]+/u, "").trim();
}

/** Names of a form's fields. */
function fieldsIn({ content }: FakeView): string[] {
  return (content.blocks as { readonly block_id: string }[]).map(({ block_id: name }) => name);
}

function seenIn(slack: FakeSlack, channel: FakeChannel): Seen[] {
  return slack.messages
    .filter(
      ({ channel: id, botId, ephemeralTo, deletedAt }) =>
        id === channel.id && botId !== null && ephemeralTo === null && deletedAt === null,
    )
    .map((message) => ({
      id: message.ts,
      text: visibleText(message),
      pictures: slack
        .pictures(message)
        .map(({ file, alt }) => ({ alt: alt ?? "", bytes: file.bytes, isSpoiler: false })),
      buttons: buttonLabels(message.content.blocks).map(bare),
      reactions: new Map(
        message.reactions.map(({ name, users }) => [emojiNamed(name) ?? name, users.length]),
      ),
      times: message.revisions.map(({ at }) => at),
      history: message.revisions.map((content) => visibleText({ ...message, content })),
      pings: pingsIn(message),
      replyTo: message.threadTs === message.ts ? null : message.threadTs,
      handle: message,
    }));
}

/** Everything in the text or the blocks that calls somebody. */
function pingsIn({ content }: FakeMessage): string[] {
  const blocks = JSON.stringify(content.blocks);
  const called = [
    ...content.text.matchAll(/<([@!][^>]*)>/g),
    ...blocks.matchAll(/"(?:user|usergroup)_id":"([^"]+)"|"(?:range)":"([^"]+)"/g),
  ].map(([, first, second]) => (first ?? second ?? "").replace(/^@/, ""));
  // In the text and in a block, it is one call.
  return [...new Set(called)];
}
