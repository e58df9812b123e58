import { renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import sharp from "sharp";
import { temporaryFolder } from "../../test/cli/lrbot.ts";
import type { DrivenInteraction } from "../../test/fakes/discord/index.ts";
import { type BotProcess, startBot } from "../../test/kill/bot-process.ts";
import type { Order } from "../../test/kill/crowd.ts";
import { createSlackCrowd, type SlackCrowd } from "../../test/kill/slack-crowd.ts";
import { settle } from "../../test/kill/stream.ts";
import { createSmallDisk, whyNoSmallDisk } from "../../test/trust/small-disk.ts";
import { type ChatWorld, createChatWorld } from "./world.ts";

/** What goes wrong while one member orders small pictures, one after the other. `calm` is nothing. */
export const faultNames = ["calm", "chat-down", "disk-full", "clock-steps", "flood"] as const;
export type FaultName = (typeof faultNames)[number];

export interface FaultOptions {
  readonly picture: Uint8Array;
  /** How many results the innocent member gets at least. */
  readonly orders: number;
  log(line: string): void;
}

export interface FaultOutcome {
  readonly name: FaultName;
  readonly promised: number;
  /** Orders that were answered with a reason in place of a promise. */
  readonly refused: number;
  /** Orders without any answer that their member could read. */
  readonly unanswered: number;
  /** Promised, and without a result. */
  readonly lost: number;
  /** With more than one message. */
  readonly doubled: number;
  readonly violations: number;
  /** Seconds from the innocent member's command to its result. */
  readonly longestWait: number;
  readonly medianWait: number;
  /** Seconds from the command to *On it*. */
  readonly longestPromise: number;
}

interface Scene {
  readonly world: ChatWorld;
  readonly slack: SlackCrowd;
  readonly bot: BotProcess;
  readonly clockFile: string;
  readonly disk: ReturnType<typeof createSmallDisk> | null;
  /** An order of somebody else, whose end counts too. */
  orderAs(person: number, picture?: Uint8Array): Promise<DrivenInteraction>;
  orderOnSlack(): Promise<void>;
}

const [innocent, flooder] = [1, 0];
const setClock = join(import.meta.dirname, "..", "..", "test", "trust", "set-clock.mjs");

/** @returns `null` where this machine cannot do it, which is said */
export async function measureFault(name: FaultName, options: FaultOptions): Promise<FaultOutcome | null> {
  const folder = temporaryFolder();
  const reason = name === "disk-full" ? whyNoSmallDisk(folder) : null;
  if (reason !== null) {
    options.log(`disk-full is skipped, no small disk can be made here: ${reason}`);
    rmSync(folder, { recursive: true });
    return null;
  }
  await using world = await createChatWorld({ people: 3, picture: options.picture, rateLimitScale: 1 });
  await using slack = await createSlackCrowd({ picture: options.picture });
  const clockFile = join(folder, "clock");
  writeFileSync(clockFile, "0");
  const disk = name === "disk-full" ? createSmallDisk(join(folder, "data"), 64) : null;
  const bot = startBot({
    folder,
    // More than one member may have waiting: what is measured is what members share besides lanes.
    lanes: 8,
    // Limits of an operator who sets none.
    chat: {
      ...world.chat,
      ...slack.chat,
      ...{ LRBOT_LIMIT_WAITING: "5", LRBOT_LIMIT_PER_DAY: "1000" },
      ...(name === "clock-steps" ? { NODE_OPTIONS: `--import=${setClock}` } : {}),
    },
    through: disk?.through ?? [],
  });
  try {
    await bot.ready();
    while (!world.isHeard || !slack.isHeard) await sleep(50);
    return await play(name, { world, slack, bot, clockFile, disk }, options);
  } finally {
    await bot.kill();
    rmSync(folder, { recursive: true });
  }
}

async function play(
  name: FaultName,
  parts: Omit<Scene, "orderAs" | "orderOnSlack">,
  options: FaultOptions,
): Promise<FaultOutcome> {
  const { world, slack } = parts;
  const orders: { readonly prompt: string; readonly interaction: DrivenInteraction }[] = [];
  const slackOrders: Order[] = [];
  const orderAs = async (person: number, picture?: Uint8Array) => {
    const prompt = `picture ${orders.length + 1000}`;
    const at = orders.push({ prompt, interaction: null as never }) - 1;
    const interaction = await world.order(person, prompt, picture);
    orders[at] = { prompt, interaction };
    return interaction;
  };
  const orderOnSlack = async () => {
    slackOrders.push(await slack.order(`picture ${String(slackOrders.length).padStart(4, "0")}`));
  };
  const scene: Scene = { ...parts, orderAs, orderOnSlack };

  let isOver = false;
  const fault = faults[name](scene).finally(() => {
    isOver = true;
  });
  const waits: Wait[] = [];
  // What is refused is asked for again.
  while (waits.length < options.orders || !isOver) {
    const wait = await waitOfOne(world, orders, () => orderAs(innocent));
    if (wait !== null) waits.push(wait);
    await sleep(500);
  }
  await fault;
  const ofSlack = await settle(slack, slackOrders, 120);
  const told = await allTold(world, orders);
  for (const texts of told.doubled)
    options.log(`doubled: ${texts.map((text) => JSON.stringify(text)).join(" and ")}`);
  const sorted = waits.map(({ result }) => result).toSorted((a, b) => a - b);
  return {
    name,
    promised: told.promised.length + ofSlack.promised,
    refused: told.refused,
    unanswered: orders.length - told.promised.length - told.refused,
    lost: told.lost + ofSlack.lost.length,
    doubled: told.doubled.length + ofSlack.doubled.length,
    violations: world.violations.length + slack.violations.length,
    longestWait: sorted.at(-1) ?? Number.NaN,
    medianWait: sorted[Math.floor(sorted.length / 2)] ?? Number.NaN,
    longestPromise: Math.max(...waits.map(({ promise }) => promise)),
  };
}

const isPromised = ({ replies }: DrivenInteraction) =>
  replies.some(({ content }) => content.startsWith("On it"));

/** Told something else; what only says that the bot is at it is empty. */
const isRefused = (interaction: DrivenInteraction) =>
  !isPromised(interaction) && interaction.replies.some(({ content }) => content !== "");

/** Seconds from the command to *On it*, and to the result. */
interface Wait {
  readonly promise: number;
  readonly result: number;
}

/** `null` where the order was refused. */
async function waitOfOne(
  world: ChatWorld,
  orders: readonly { readonly prompt: string }[],
  order: () => Promise<DrivenInteraction>,
): Promise<Wait | null> {
  const since = performance.now();
  const seconds = () => (performance.now() - since) / 1000;
  let promise: number | null = null;
  const at = orders.length;
  const interaction = await order();
  const prompt = orders[at]?.prompt ?? "";
  for (;;) {
    if (isPromised(interaction)) promise ??= seconds();
    if (world.messages().get(prompt)?.hasResult) return { promise: promise ?? seconds(), result: seconds() };
    if (isRefused(interaction) || seconds() > 120) return null;
    await sleep(20);
  }
}

/** What somebody does to the bot meanwhile. Each takes ten to thirty seconds. */
const faults: Record<FaultName, (scene: Scene) => Promise<void>> = {
  async calm() {},
  async "chat-down"({ slack, orderOnSlack }) {
    for (let order = 0; order < 4; order++) await orderOnSlack();
    const promised = orderOnSlack();
    slack.trouble.setDown(true);
    await sleep(15_000);
    slack.trouble.setDown(false);
    await promised;
    while (!slack.isHeard) await sleep(50);
    await orderOnSlack();
  },
  async "disk-full"({ disk, bot, orderAs }) {
    await Promise.all([orderAs(2), orderAs(2), orderAs(2)]);
    disk?.fill(bot.pid);
    await sleep(10_000);
    await orderAs(2);
    disk?.free(bot.pid);
    await sleep(5000);
    await orderAs(2);
  },
  async "clock-steps"({ clockFile }) {
    const hour = 3600;
    for (const offset of [hour, -hour, 40 * 24 * hour, -24 * hour, 0]) {
      await sleep(3000);
      // At once: a file that is half written would be another time.
      writeFileSync(`${clockFile}.new`, String(offset));
      renameSync(`${clockFile}.new`, clockFile);
    }
    await sleep(3000);
  },
  // Eight orders a second are more than Discord lets one person send.
  async flood({ orderAs }) {
    const picture = await largePicture();
    const end = performance.now() + 30_000;
    const client = async () => {
      while (performance.now() < end) {
        await orderAs(flooder, picture);
        await sleep(1000);
      }
    };
    await Promise.all(Array.from({ length: 8 }, client));
  },
};

/** Takes more than half a second to read on a core of its own. */
async function largePicture(): Promise<Buffer> {
  const side = 2000;
  const noise = { type: "gaussian", mean: 128, sigma: 30 } as const;
  return sharp({ create: { width: side, height: side, channels: 3, background: "#777777", noise } })
    .avif({ quality: 60, effort: 0 })
    .toBuffer();
}

/** How long a first message may stand beside the result that takes its place: it is removed right after that was posted. */
const replacingMilliseconds = 30_000;

/** Waits until all that were promised have one message, their result, or none has come for five minutes. */
async function allTold(
  world: ChatWorld,
  orders: readonly { readonly prompt: string; readonly interaction: DrivenInteraction }[],
) {
  let fewest = Number.POSITIVE_INFINITY;
  let deadline = 0;
  for (;;) {
    const messages = world.messages();
    const promised = orders.filter(
      ({ prompt, interaction }) => isPromised(interaction) || messages.has(prompt),
    );
    const refused = orders.filter(
      (order) => !promised.includes(order) && isRefused(order.interaction),
    ).length;
    const lost = promised.filter(({ prompt }) => !messages.get(prompt)?.hasResult).length;
    const doubled = promised.flatMap(({ prompt }) => {
      const texts = messages.get(prompt)?.texts ?? [];
      return texts.length > 1 ? [texts] : [];
    });
    const now = performance.now();
    if (lost < fewest) deadline = now + 300_000;
    fewest = Math.min(fewest, lost);
    const isTold = lost === 0 && promised.length + refused === orders.length;
    if (isTold) deadline = Math.min(deadline, now + replacingMilliseconds);
    if ((isTold && doubled.length === 0) || now > deadline) return { promised, refused, lost, doubled };
    await sleep(200);
  }
}
