import { type FakeSlack, type Fault, startFakeSlack, visibleText } from "../fakes/slack/index.ts";
import type { Crowd, Order, Seen, Which } from "./crowd.ts";

export interface SlackCrowd extends Crowd {
  readonly trouble: Crowd["trouble"] & {
    /** While it is down Slack refuses every request and holds no connection. */
    setDown(isDown: boolean): void;
  };
}

/** One workspace with a few people, and the real client library of the bot against the fake, in Socket Mode. */
export async function createSlackCrowd({ picture }: { readonly picture: Uint8Array }): Promise<SlackCrowd> {
  const slack = await startFakeSlack();
  // The bot keeps to them by itself, and what it sent before it was killed would count against the next.
  slack.settings.rateLimits.clear();
  const rooms = Array.from({ length: 4 }, (_, index) =>
    slack.channel({ name: `room-${index}`, withBot: true }),
  );
  const people = Array.from({ length: 4 }, (_, index) => slack.member({ name: `member-${index}` }));
  let orders = 0;
  let isDown = false;
  slack.inject({ method: "*", status: 503, times: Number.POSITIVE_INFINITY, when: () => isDown });

  return {
    name: "Slack",
    chat: slackEnvironment(slack),
    violations: slack.violations,
    get isHeard() {
      return slack.sockets.connectionCount > 0;
    },
    async order(prompt): Promise<Order> {
      const number = orders++;
      const member = people[number % people.length];
      const channel = rooms[number % rooms.length];
      if (!member || !channel) throw new Error("Expected people and rooms, got none");
      const connections = slack.sockets.connectionsMade;
      const asked = await member.slash("/edit", "", { channel });
      if (asked.outcome !== "acknowledged") return { prompt, isPromised: false };
      const view = await asked.view(3000).catch(() => null);
      if (!view) return { prompt, isPromised: false };
      const files = [slack.upload({ by: member, name: "photo.png", bytes: picture })];
      await member.submitView(view, { values: { prompt, options: [] }, files });
      const isPromised = () => asked.replies.some((reply) => visibleText(reply).startsWith("On it"));
      // The view closes before the picture is fetched: the job is on its way until it is told, or the bot is dead.
      const isDead = () => slack.sockets.connectionCount === 0 || slack.sockets.connectionsMade > connections;
      const isDecided = () => isPromised() || isDead();
      await slack.until(isDecided, { timeout: 30_000, what: "an answer, or the end of the bot" });
      return {
        prompt,
        get isPromised() {
          return isPromised();
        },
      };
    },
    messages: () => seenIn(slack),
    trouble: {
      late: (which, delay) => arrival(slack, which, { delay }),
      async lost(which) {
        let isEnded = false;
        await arrival(slack, which, { drop: "before", isEnded: () => isEnded });
        return {
          end() {
            isEnded = true;
          },
        };
      },
      unanswered: (which) => arrival(slack, which, { drop: "after" }),
      noEdits() {
        slack.settings.editWindow = 0;
      },
      setDown(is) {
        isDown = is;
        if (is) slack.sockets.dropAll();
      },
    },
    [Symbol.asyncDispose]: () => slack[Symbol.asyncDispose](),
  };
}

/** What a bot is told to find the fake, in Socket Mode. */
export function slackEnvironment(slack: FakeSlack): Readonly<Record<string, string>> {
  return {
    SLACK_BOT_TOKEN: slack.botToken,
    SLACK_APP_TOKEN: slack.appToken,
    SLACK_API_URL: slack.apiUrl,
    SLACK_FILE_HOSTS: new URL(slack.origin).host,
  };
}

function seenIn(slack: FakeSlack): Seen[] {
  const bot = slack.team.botUser.id;
  return slack.messages
    .filter(({ user, deletedAt, ephemeralTo }) => user === bot && deletedAt === null && ephemeralTo === null)
    .map((message) => ({
      text: visibleText(message),
      pictures: slack.pictures(message).length,
      reactions: message.reactions.filter(({ users }) => users.includes(bot)).length,
    }));
}

async function arrival(
  slack: FakeSlack,
  { what, nth = 1 }: Which,
  { isEnded, ...fault }: Pick<Fault, "delay" | "drop"> & { readonly isEnded?: () => boolean },
): Promise<void> {
  let seen = 0;
  const method = what === "post" ? "chat.postMessage" : "chat.update";
  const meets = isEnded ? () => !isEnded() && ++seen >= nth : () => ++seen === nth;
  slack.inject({ method, ...fault, when: meets, times: isEnded ? Number.POSITIVE_INFINITY : 1 });
  await slack.until(() => seen >= nth, { timeout: 60_000, what: `a request to ${what}` });
}
