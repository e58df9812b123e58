import { EditError, throwIfCancelled } from "../errors.ts";
import { type RetryPolicy, type RetryTiming, retry } from "../retry.ts";
import type { AdapterLog, ChatEvent, ChatPlatform } from "./chat.ts";
import { passingChatFailures } from "./chat-retry.ts";
import { untilAborted } from "./until-aborted.ts";

/** How it stands with a platform. */
export interface Standing {
  readonly isConnected: boolean;
  /** It refused the bot for good, in words that say what to mend; `null` otherwise. */
  readonly refusal: string | null;
}

export interface ConnectionsParts {
  readonly platforms: readonly ChatPlatform[];
  readonly handle: (event: ChatEvent, platform: ChatPlatform) => Promise<void>;
  /** A platform can be written to now. */
  readonly onConnected: (platform: ChatPlatform) => Promise<void>;
  /** The bot came into a workspace, or was removed from one. */
  readonly onWorkspaces: () => void;
  /** A platform takes nothing more. */
  readonly onRefused: (platform: ChatPlatform) => void;
  readonly log: AdapterLog;
  readonly timing?: RetryTiming;
}

/** The connections to all platforms: each begins, fails and is tried again by itself. */
export interface Connections {
  /**
   * Connects; resolves once one platform is connected, while the others go on. The signal ends all tries.
   * @throws EditError What the last platform refused with, where all did; `cancelled`
   */
  open(signal: AbortSignal): Promise<void>;
  /** Resolves with the reason once no platform is left that could be served. */
  readonly ended: Promise<unknown>;
  /** By platform. */
  readonly standings: Readonly<Record<string, Standing>>;
}

/** Without end: a platform that cannot be reached is waited for. What it refuses for good comes as an EditError. */
const policy: RetryPolicy = {
  isPassing: (error) => !(error instanceof EditError),
  askedPause: passingChatFailures.askedPause,
  pauses: { first: 1000, longest: 60_000 },
};

/** Nothing is connected before `open`. */
export function createConnections(parts: ConnectionsParts): Connections {
  const { platforms, log, timing = {} } = parts;
  const refusals = new Map<ChatPlatform, string>();
  let end: (reason: unknown) => void = () => {};
  const ended = new Promise<unknown>((resolve) => {
    end = resolve;
  });

  function refuse(platform: ChatPlatform, reason: EditError): void {
    if (refusals.has(platform)) return;
    refusals.set(platform, reason.message);
    parts.onRefused(platform);
    if (refusals.size === platforms.length) end(reason);
    else log("error", `${platform.name} refused the bot for good`, { error: reason.message });
  }

  /** True once events arrive; false where no more tries are made. Never rejects. */
  async function connect(platform: ChatPlatform, signal: AbortSignal): Promise<boolean> {
    log("info", `connecting to ${platform.name}`);
    const attempt = () =>
      platform.start((event) => parts.handle(event, platform), {
        signal,
        onRefused: (reason) => refuse(platform, reason),
        onWorkspaces: parts.onWorkspaces,
      });
    const onFailure = (error: unknown, tries: number, pause: number | null) => {
      if (pause === null) return;
      const text = error instanceof Error ? error.message : error;
      const seconds = Math.ceil(pause / 1000);
      log("warn", `${platform.name} could not be reached`, { tries, nextTryInSeconds: seconds, error: text });
    };
    try {
      await retry(attempt, policy, { signal, onFailure, timing });
      await parts.onConnected(platform);
      return true;
    } catch (error) {
      if (signal.aborted) return false;
      if (error instanceof EditError && error.code === "usage") refuse(platform, error);
      else end(error);
      return false;
    }
  }

  return {
    async open(signal) {
      const first = new Promise<void>((resolve) => {
        for (const platform of platforms)
          void connect(platform, signal).then((isConnected) => isConnected && resolve());
      });
      const failed = ended.then((reason) => {
        throw reason;
      });
      try {
        await untilAborted(Promise.race([first, failed]), signal);
      } catch (error) {
        throwIfCancelled(signal);
        throw error;
      }
    },
    ended,
    get standings() {
      return Object.fromEntries(
        platforms.map((platform) => [
          platform.name,
          { isConnected: platform.isConnected, refusal: refusals.get(platform) ?? null },
        ]),
      );
    },
  };
}
