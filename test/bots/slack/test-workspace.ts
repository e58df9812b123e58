import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type {
  ChatEvent,
  ChatMessage,
  ChatPicture,
  ChatPlatform,
  MessageRef,
} from "../../../src/bots/chat.ts";
import { commands } from "../../../src/bots/commands/index.ts";
import { createSlack, type SlackOptions } from "../../../src/bots/slack/slack.ts";
import type { EditError } from "../../../src/errors.ts";
import { createFetchAttachment } from "../../../src/media/fetch-attachment.ts";
import { type FakeSlack, type Settings, startFakeSlack } from "../../fakes/slack/index.ts";

type Kind = ChatEvent["kind"];
export type EventOf<K extends Kind> = Extract<ChatEvent, { readonly kind: K }>;

/** A workspace of the fake Slack with the adapter in it. */
export interface Workspace extends AsyncDisposable {
  readonly slack: FakeSlack;
  readonly platform: ChatPlatform;
  /** What the adapter handed over, oldest first. */
  readonly events: ChatEvent[];
  /** Waits for the next event of that kind that was not waited for before. */
  next<K extends Kind>(kind: K): Promise<EventOf<K>>;
  readonly log: { readonly level: string; readonly text: string; readonly details: unknown }[];
  readonly acknowledged: number[];
  /** What it could not take away, for later. */
  readonly left: MessageRef[];
  readonly seen: Set<string>;
  /** Why the platform said that it refuses the bot for good. */
  readonly refusals: EditError[];
  /** A file of its own folder. */
  file(name: string, bytes: Uint8Array): Promise<string>;
  picture(name?: string, bytes?: Uint8Array): Promise<ChatPicture>;
  /** Lets milliseconds pass for the adapter at once, by the clock that it measures intervals with. */
  letPass(milliseconds: number): void;
  /** What happens to each event; default: nothing. */
  answer: (event: ChatEvent) => Promise<void>;
}

export interface WorkspaceOptions {
  readonly mode?: "socket" | "http";
  readonly settings?: Partial<Settings>;
  readonly change?: Partial<SlackOptions>;
  /** Default true. */
  readonly starts?: boolean;
  /** Waiting for Slack takes no time: both clocks are moved on instead. Default false. */
  readonly skipsPauses?: boolean;
}

/** A 3 by 2 PNG's beginning; nothing here decodes it. */
export const png = Buffer.from("89504e470d0a1a0a0000000d4948445200000003000000020802000000", "hex");

export async function openWorkspace(options: WorkspaceOptions = {}): Promise<Workspace> {
  const slack = await startFakeSlack(options.settings);
  const folder = await mkdtemp(join(tmpdir(), "lrbot-slack-"));
  const events: ChatEvent[] = [];
  const log: Workspace["log"] = [];
  const acknowledged: number[] = [];
  const left: MessageRef[] = [];
  const seen = new Set<string>();
  const isHttp = options.mode === "http";
  let passed = 0;
  const platform = createSlack({
    botToken: slack.botToken,
    appToken: isHttp ? null : slack.appToken,
    signingSecret: isHttp ? slack.signingSecret : null,
    apiUrl: slack.apiUrl,
    fileHosts: [new URL(slack.origin).host],
    host: "127.0.0.1",
    port: 0,
    specs: commands,
    clock: { wall: Date.now, monotonic: () => performance.now() + passed },
    services: {
      async isNew(id) {
        if (seen.has(id)) return false;
        seen.add(id);
        return true;
      },
      fetchAttachment: createFetchAttachment({ allowLoopback: true }),
      onAcknowledged: (milliseconds) => acknowledged.push(milliseconds),
      leave: async (message) => void left.push(message),
      log: (level, text, details) => log.push({ level, text, details }),
    },
    ...(options.skipsPauses
      ? {
          async pause(milliseconds) {
            passed += milliseconds;
            slack.clock.advance(milliseconds);
          },
        }
      : {}),
    ...options.change,
  });
  const taken = new Set<ChatEvent>();
  const workspace: Workspace = {
    slack,
    platform,
    events,
    log,
    acknowledged,
    left,
    seen,
    refusals: [],
    answer: async () => {},
    async next<K extends Kind>(kind: K) {
      const event = await slack.until(() => events.find((each) => each.kind === kind && !taken.has(each)), {
        what: `an event of kind ${kind}`,
      });
      taken.add(event);
      return event as EventOf<K>;
    },
    letPass(milliseconds) {
      passed += milliseconds;
    },
    async file(name, bytes) {
      const path = join(folder, name);
      await writeFile(path, bytes);
      return path;
    },
    async picture(name = "result.png", bytes = png) {
      return { path: await workspace.file(name, bytes), fileName: name, alt: "a lawn", isSpoiler: false };
    },
    async [Symbol.asyncDispose]() {
      await platform[Symbol.asyncDispose]();
      await slack[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
  if (options.starts === false) return workspace;
  await platform.start(
    async (event) => {
      events.push(event);
      await workspace.answer(event);
    },
    { ...call, onRefused: (reason) => void workspace.refusals.push(reason) },
  );
  if (isHttp) {
    const waiting = log.find((line) => line.text === "waiting for Slack")?.details ?? {};
    const { port } = waiting as { port?: number };
    slack.http.url = `http://127.0.0.1:${port}/slack/events`;
  }
  return workspace;
}

export function text(...parts: ChatMessage["text"]): ChatMessage {
  return { text: parts, pictures: [], buttons: [] };
}

/** Is never cancelled. */
export const call = { signal: new AbortController().signal };
