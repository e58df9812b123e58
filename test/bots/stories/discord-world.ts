import { markCheckName, messageActionName } from "../../../src/bots/commands/command-spec.ts";
import { commandsFor } from "../../../src/bots/commands/index.ts";
import { createDiscord } from "../../../src/bots/discord/discord.ts";
import { describe, languages } from "../../../src/locales/words.ts";
import {
  buttonsOf,
  type DrivenInteraction,
  type FakeChannel,
  type FakeDiscord,
  type FakeMessage,
  type Member,
  type Options,
  startFakeDiscord,
} from "../../fakes/discord/index.ts";
import {
  type Answer,
  type Choices,
  filledFields,
  offer,
  type Person,
  type Seen,
  type World,
} from "./world.ts";

/** Discord as people see it: a guild with a channel, one that is closed to the bot, and threads. */
export async function createDiscordWorld(
  options: Options = {},
  { started, forUsers = false }: { readonly started?: FakeDiscord; readonly forUsers?: boolean } = {},
): Promise<World> {
  const fake = started ?? (await startFakeDiscord({ rateLimitScale: 0.02, ...options }));
  const guild = fake.guild();
  const square = fake.channel(guild, "square");
  const closed = fake.channel(guild, "closed");
  fake.setPermissions(closed, "bot", { deny: ["SendMessages", "AttachFiles"] });
  const channelOf = (room: { readonly id: string } = square): FakeChannel => {
    const channel = fake.world.channels.get(room.id);
    if (!channel) throw new Error(`no channel ${room.id}`);
    return channel;
  };

  /** The adapter registers them in the background. */
  const registered = () => fake.until(() => fake.commands.length > 0, { what: "registered commands" });

  function personOf(member: Member): Person {
    const answered = (interaction: DrivenInteraction): Answer =>
      answerOf(fake, member, interaction, answered);
    return {
      id: member.id,
      async edit({ prompt, picture, fileName = "photo.png", room, isPrivate, showsBox, choices }) {
        await registered();
        const image = { name: fileName, bytes: picture };
        return answered(
          await member.slash(
            "edit",
            {
              prompt,
              image,
              ...(isPrivate ? { private: true } : {}),
              ...choices,
              ...(showsBox ? { overlay: true } : {}),
            },
            { channel: channelOf(room) },
          ),
        );
      },
      async editFromMenu({ handle }, prompt, seeds) {
        await registered();
        const opened = await member.messageCommand(messageActionName, handle as FakeMessage);
        const seed = (typed: string) => filledFields({ seed: typed }, fieldsIn(opened));
        const fields = { prompt, ...(seeds ? seed(seeds.seed) : {}) };
        const first = await member.submitModal(opened, { fields });
        if (!seeds) return answered(first);
        const refusal = await fake.until(() => first.replies.find((reply) => buttonsOf(reply).length > 0));
        const again = await member.pressButton(refusal, { label: "Change and try again" });
        await member.submitModal(again, { fields: seed(seeds.mendedSeed) });
        return answered(first);
      },
      async checkMarks({ handle }) {
        await registered();
        return answered(await member.messageCommand(markCheckName, handle as FakeMessage));
      },
      async share(picture, room) {
        return {
          handle: member.say(channelOf(room), "look", {
            attachments: [{ name: "photo.png", bytes: picture }],
          }),
        };
      },
      async tell(text) {
        member.say(member.direct, text);
      },
      async mention(text, { room, picture, others = [], replyTo, naming }) {
        const pictures = [...(picture ? [picture] : []), ...others];
        member.say(channelOf(room), naming ? `${text} <@${naming.id}>` : text, {
          mentionsBot: true,
          attachments: pictures.map((bytes, index) => ({ name: `photo${index}.png`, bytes })),
          ...(replyTo ? { replyTo: replyTo.handle as FakeMessage } : {}),
        });
      },
      async reply({ handle }, text) {
        const replyTo = handle as FakeMessage;
        const channel =
          replyTo.channelId === member.direct.id ? member.direct : channelOf({ id: replyTo.channelId });
        member.say(channel, text, { replyTo });
      },
      async command(name, options = {}, room) {
        await registered();
        return answered(await member.slash(name, options, { channel: channelOf(room) }));
      },
      async press({ handle }, label) {
        return answered(await member.pressButton(handle as FakeMessage, { label }));
      },
      async pressAndSay({ handle }, label, prompt, choices = {}) {
        const opened = await member.pressButton(handle as FakeMessage, { label });
        const fields = { prompt, ...filledFields(choices, fieldsIn(opened)) };
        return answered(await member.submitModal(opened, { fields }));
      },
      react: ({ handle }, emoji) => member.react(handle as FakeMessage, emoji),
      unreact: ({ handle }, emoji) => member.unreact(handle as FakeMessage, emoji),
      direct: () => seenIn(fake, member.direct),
      refuseDirectMessages() {
        member.user.refusesDirectMessages = true;
        return true;
      },
    };
  }

  return {
    square,
    closed,
    thread: () => fake.thread(square),
    connect: (services) =>
      createDiscord({
        token: fake.token,
        apiUrl: fake.apiUrl,
        cdnHosts: [new URL(fake.cdn.url).host],
        cdnUrl: fake.cdn.url,
        specs: commandsFor(offer),
        describe,
        locales: languages,
        forUsers,
        services,
      }),
    person: (name, { locale = "en", isAdmin = false } = {}) =>
      personOf(
        fake.member({
          guild,
          name,
          locale: locale === "en" ? "en-US" : locale,
          permissions: isAdmin ? ["ManageGuild"] : [],
        }),
      ),
    moderator(name) {
      const role = fake.role(guild, name);
      fake.setCommandPermission(guild, "admin", role, true);
      return { person: personOf(fake.member({ guild, name, roles: [role] })), group: role.id };
    },
    addressOf: ({ handle }) => {
      const [attachment] = (handle as FakeMessage).attachments;
      return attachment ? fake.linkTo(attachment) : "";
    },
    setAvatar({ id }, bytes) {
      const user = fake.world.users.get(id);
      if (user) user.avatar = { hash: "a_0123", bytes };
      return true;
    },
    violations: fake.violations,
    hasSinglePictures: false,
    // That takes the intent to read what is said to others.
    showsOthersPictures: false,
    messages: (room) => seenIn(fake, channelOf(room)),
    troublePosting(trouble) {
      const path = /^\/channels\/\d+\/messages$/;
      if (trouble === "busy") fake.inject({ method: "POST", path, status: 503, times: 2 });
      else if (trouble === "limited")
        fake.inject({ method: "POST", path, status: 429, retryAfter: 0.2, times: 2 });
      else fake.inject({ method: "POST", path, drop: "after" });
      return true;
    },
    troublePictures(trouble, maxBytes) {
      if (trouble === "no right") fake.setPermissions(square, "bot", { deny: ["AttachFiles"] });
      else if (trouble === "less room") square.refusesAbove = maxBytes;
      else return false;
      return true;
    },
    refuseNextPost() {
      const body = { code: 50013, message: "Missing Permissions" };
      fake.inject({ method: "POST", path: /^\/channels\/\d+\/messages$/, status: 403, body });
      return true;
    },
    loseSquare(how) {
      if (how === "gone") fake.deleteChannel(square);
      else fake.setPermissions(square, "bot", { deny: ["ViewChannel", "SendMessages"] });
      return true;
    },
    age() {
      fake.settings.oldEdits = { age: 0, limit: 0, retryAfter: 60 };
      return true;
    },
    until: (look, what) => fake.until(look, { what, timeout: 20_000 }),
    [Symbol.asyncDispose]: () => fake[Symbol.asyncDispose](),
  };
}

/** Names of a form's fields. */
function fieldsIn({ modal }: DrivenInteraction): string[] {
  const labels = (modal?.components ?? []) as { readonly component?: { readonly custom_id?: string } }[];
  return labels.flatMap(({ component }) => component?.custom_id ?? []);
}

function seenIn(fake: FakeDiscord, channel: FakeChannel): Seen[] {
  return fake
    .messagesIn(channel)
    .filter(({ authorId, deletedAt }) => authorId === fake.botId && deletedAt === null)
    .map(seenOf);
}

/** Of a message of components, what its text displays say. */
function textOf({ content, components }: Pick<FakeMessage, "content" | "components">): string {
  const texts = [...JSON.stringify(components).matchAll(/"type":10,"content":("(?:[^"\\\\]|\\\\.)*")/g)];
  return content || texts.map(([, text = '""']) => JSON.parse(text) as string).join("\n");
}

function seenOf(message: FakeMessage): Seen {
  return {
    id: message.id,
    text: textOf(message),
    pictures: message.attachments.map(({ description, bytes, isSpoiler }) => ({
      alt: description ?? "",
      bytes,
      isSpoiler,
    })),
    buttons: buttonsOf(message).map(({ label }) => String(label)),
    reactions: new Map([...message.reactions].map(([emoji, users]) => [emoji, users.length])),
    times: message.revisions.map(({ at }) => at),
    history: message.revisions.map(({ content }) => content),
    pings: [...message.pings, ...(message.pingsEveryone ? ["everyone"] : [])],
    replyTo: message.reference?.messageId ?? null,
    handle: message,
  };
}

function answerOf(
  fake: FakeDiscord,
  member: Member,
  interaction: DrivenInteraction,
  answered: (interaction: DrivenInteraction) => Answer,
): Answer {
  const replies = () => interaction.replies.filter(({ visibleTo }) => visibleTo === member.id);
  const replyWith = (label: string | RegExp): Promise<FakeMessage> => {
    const isIt = (each: string) => (typeof label === "string" ? each === label : label.test(each));
    return fake.until(() =>
      replies().findLast((each) => buttonsOf(each).some((button) => isIt(String(button.label)))),
    );
  };
  return {
    acknowledgedAfter: interaction.ackMilliseconds,
    get text() {
      return replies().map(textOf).join("\n---\n");
    },
    get buttons() {
      return replies().flatMap((message) => buttonsOf(message).map(({ label }) => String(label)));
    },
    get pictures() {
      return replies().reduce((sum, { attachments }) => sum + attachments.length, 0);
    },
    get picture() {
      return replies().findLast(({ attachments }) => attachments.length > 0)?.attachments[0]?.bytes ?? null;
    },
    get file() {
      const files = replies().flatMap(({ attachments }) => attachments);
      return files.findLast(({ filename }) => filename.endsWith(".csv"))?.bytes ?? null;
    },
    press: async (label) => answered(await member.pressButton(await replyWith(label), { label })),
    async fill(label, choices, mended) {
      const opened = await member.pressButton(await replyWith(label), { label });
      const send = (form: DrivenInteraction, filled: Choices) =>
        member.submitModal(form, { fields: filledFields(filled, fieldsIn(form)) });
      const first = await send(opened, choices);
      if (!mended) return answered(first);
      const refusal = await fake.until(() => first.replies.find((reply) => buttonsOf(reply).length > 0));
      const again = await member.pressButton(refusal, { label: "Change and try again" });
      return answered(await send(again, mended));
    },
  };
}
