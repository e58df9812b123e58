import { EditError } from "../../../errors.ts";
import { type RetryPolicy, type RetryTiming, retry } from "../../../retry.ts";

export interface TokenWatchParts {
  /** Asks Slack who the bot is. @throws EditError `usage` where Slack refuses the bot's token */
  readonly ask: () => Promise<unknown>;
  /** Told of a refusal that is believed, once. */
  readonly onRefused: (reason: EditError) => void;
  readonly timing?: RetryTiming | undefined;
}

/**
 * Finds out whether Slack takes the bot's token back while the connection stands: that has a token of its own, or none over
 * HTTP, and goes on.
 */
export interface TokenWatch extends Disposable {
  /** Slack may not take the token any more. */
  doubt(): void;
}

const pauses: RetryPolicy["pauses"] = { first: 1000, longest: 30_000 };
/** Refusals in a row that are believed: one alone may be a fault of Slack's. */
const refusalsBelieved = 5;
/** Between looks where nothing else asks Slack for anything, milliseconds. */
const lookEvery = 10 * 60_000;

export function createTokenWatch({ ask, onRefused, timing = {} }: TokenWatchParts): TokenWatch {
  const closing = new AbortController();
  const { signal } = closing;
  let isAsking = false;

  async function look(): Promise<void> {
    let refusals = 0;
    const isPassing = (error: unknown) => {
      refusals = error instanceof EditError ? refusals + 1 : 0;
      return refusals < refusalsBelieved;
    };
    try {
      await retry(ask, { pauses, isPassing }, { signal, timing });
    } catch (error) {
      if (signal.aborted || !(error instanceof EditError)) return;
      closing.abort();
      onRefused(error);
    }
  }

  function doubt(): void {
    if (isAsking || signal.aborted) return;
    isAsking = true;
    void look().finally(() => {
      isAsking = false;
    });
  }

  const timer = setInterval(doubt, lookEvery);
  timer.unref();
  return {
    doubt,
    [Symbol.dispose]() {
      closing.abort();
      clearInterval(timer);
    },
  };
}
