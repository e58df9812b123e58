import { rmSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { createRandom } from "../../src/pipeline/random.ts";
import type { JobRecord } from "../../src/store/jobs.ts";
import { temporaryFolder } from "../../test/cli/lrbot.ts";
import type { DrivenInteraction } from "../../test/fakes/discord/index.ts";
import { audit } from "../../test/kill/audit.ts";
import { startBot } from "../../test/kill/bot-process.ts";
import { type Metrics, readMetrics } from "./metrics.ts";
import { type ChatWorld, type ChatWorldOptions, createChatWorld } from "./world.ts";

export interface LoadOptions extends ChatWorldOptions {
  readonly jobs: number;
  readonly lanes: number;
  /** Clients that wait for their acknowledgement at a time. */
  readonly atOnce: number;
  readonly seed: number;
  /** Options of Node.js for the bot. */
  readonly node: readonly string[];
  log(line: string): void;
}

export interface Load {
  /** Milliseconds as the clients saw them; infinite where none came in time. */
  readonly acknowledgements: readonly number[];
  /** Of the bot's own process. */
  readonly metrics: Metrics;
  readonly promised: number;
  readonly lost: number;
  readonly duplicated: number;
  readonly violations: number;
  /** Seconds from a job's coming to its start: of the one who ordered most, and of those who ordered once. */
  readonly waits: { readonly busy: readonly number[]; readonly once: readonly number[] };
  readonly channels: number;
  readonly requests: number;
  readonly seconds: number;
}

/** A bot process under a crowd: one person orders a quarter of all, half of the people once, the others the rest. */
export async function measureLoad(options: LoadOptions): Promise<Load> {
  const folder = temporaryFolder();
  await using world = await createChatWorld(options);
  const bot = startBot({
    folder,
    chat: world.chat,
    lanes: options.lanes,
    node: options.node,
  });
  try {
    const url = await bot.ready();
    while (!world.isHeard) await sleep(50);
    // What starting took does not count.
    await readMetrics(url);
    const start = performance.now();
    const interactions = await orderAll(world, options);
    options.log(`${interactions.length} orders in ${seconds(start)} s`);
    const promised = await allTold(world, interactions, options);
    const metrics = await readMetrics(url);
    const took = (performance.now() - start) / 1000;
    // What is left are the reactions that it puts under results, nine for each.
    await bot.kill();
    const { jobs } = await audit(folder);
    const messages = world.messages();
    const untold = interactions.filter((_, order) => !promised.includes(promptOf(order)));
    for (const { replies } of untold) options.log(`not promised: ${replies.map(({ content }) => content)}`);
    return {
      acknowledgements: interactions.map(
        ({ ackMilliseconds }) => ackMilliseconds ?? Number.POSITIVE_INFINITY,
      ),
      metrics,
      promised: promised.length,
      lost: promised.filter((prompt) => !messages.get(prompt)?.hasResult).length,
      duplicated: promised.filter((prompt) => (messages.get(prompt)?.count ?? 0) > 1).length,
      violations: world.violations.length,
      waits: waitsOf(jobs, world, options),
      channels: world.channels,
      requests: world.requests,
      seconds: took,
    };
  } finally {
    await bot.kill();
    rmSync(folder, { recursive: true });
  }
}

const promptOf = (order: number) => `picture ${order}`;

/** Who orders, in turn. The busy one comes first, and so has a long row of jobs before anybody else. */
function scheduleOf({ people, jobs, seed }: LoadOptions): readonly number[] {
  const random = createRandom(seed, "who orders");
  const busy = Array.from({ length: Math.floor(jobs / 4) }, () => 0);
  const onceCount = Math.floor(people / 2);
  const once = Array.from({ length: onceCount }, (_, index) => 1 + index);
  const others = people - 1 - onceCount;
  const rest = Array.from(
    { length: jobs - busy.length - once.length },
    (_, index) => 1 + onceCount + (index % others),
  );
  const mixed = [...once, ...rest];
  for (let last = mixed.length - 1; last > 0; last--) {
    const other = random.integer(last + 1);
    [mixed[last], mixed[other]] = [mixed[other] ?? 0, mixed[last] ?? 0];
  }
  return [...busy, ...mixed];
}

async function orderAll(world: ChatWorld, options: LoadOptions): Promise<DrivenInteraction[]> {
  const schedule = scheduleOf(options);
  const interactions: DrivenInteraction[] = [];
  let next = 0;
  const client = async () => {
    for (let order = next++; order < schedule.length; order = next++) {
      interactions[order] = await world.order(schedule[order] ?? 0, promptOf(order));
    }
  };
  await Promise.all(Array.from({ length: options.atOnce }, client));
  return interactions;
}

/**
 * Waits until everybody was told "On it" and has one message, their result, or nothing has come or gone for two minutes; gives the
 * prompts of those told. A first message that makes way for its result stands beside it for a moment.
 */
async function allTold(
  world: ChatWorld,
  interactions: readonly DrivenInteraction[],
  { log }: LoadOptions,
): Promise<string[]> {
  let results = -1;
  let doubled = -1;
  let since = performance.now();
  for (let looks = 0; ; looks++) {
    const messages = world.messages();
    const done = [...messages.values()].filter(({ hasResult }) => hasResult).length;
    const twice = [...messages.values()].filter(({ count }) => count > 1).length;
    if (done > results || twice !== doubled) since = performance.now();
    [results, doubled] = [done, twice];
    const isPromised = ({ replies }: DrivenInteraction) =>
      replies.some(({ content }) => content.startsWith("On it"));
    const promised = interactions.flatMap((interaction, order) =>
      isPromised(interaction) || messages.has(promptOf(order)) ? [promptOf(order)] : [],
    );
    if (looks % 30 === 0) log(`${promised.length} promised, ${done} with a result`);
    const isOver = done >= interactions.length && twice === 0;
    if (isOver || performance.now() - since > 120_000) return promised;
    await sleep(1000);
  }
}

function waitsOf(jobs: readonly JobRecord[], world: ChatWorld, { people }: LoadOptions): Load["waits"] {
  const waits = jobs.flatMap(({ owner, startedAt, createdAt }) =>
    startedAt === null ? [] : [{ person: world.personOf(owner.user), wait: (startedAt - createdAt) / 1000 }],
  );
  const of = (isMeant: (person: number) => boolean) =>
    waits.filter(({ person }) => isMeant(person)).map(({ wait }) => wait);
  return { busy: of((person) => person === 0), once: of((person) => person > 0 && person <= people / 2) };
}

function seconds(since: number): string {
  return ((performance.now() - since) / 1000).toFixed(1);
}
