// People who order edits without pause, and what they see of it. `discord-crowd.ts` and `slack-crowd.ts` implement it over
// the fakes, which outlive the bot.

/** The people of one chat platform. */
export interface Crowd extends AsyncDisposable {
  readonly name: string;
  /** Tokens and addresses, for the environment of the bot. */
  readonly chat: Readonly<Record<string, string>>;
  /** True while somebody listens to what people do. */
  readonly isHeard: boolean;
  /** Somebody asks for an edit; resolves when their client has an answer, or says that there was none. */
  order(prompt: string): Promise<Order>;
  /** Messages of the bot that stand, in all places, as everybody sees them. */
  messages(): readonly Seen[];
  /** Requests that the platform would refuse as malformed. */
  readonly violations: readonly unknown[];
  readonly trouble: Trouble;
}

export interface Order {
  readonly prompt: string;
  /** The member was told that the job was taken. */
  readonly isPromised: boolean;
}

export interface Seen {
  readonly text: string;
  readonly pictures: number;
  /** How many other anchors' results its buttons offer, and the bot's own reactions. */
  readonly reactions: number;
}

/** What happens to the nth request of a kind from now; resolves when that has arrived at the platform. */
export interface Trouble {
  /** It takes effect so many milliseconds later, and the answer goes out then. */
  late(which: Which, milliseconds: number): Promise<void>;
  /** It never takes effect, and has no answer, nor does any after it, as the client tries again at once, until that is ended. */
  lost(which: Which): Promise<{ end(): void }>;
  /** It takes effect, and its answer is lost. */
  unanswered(which: Which): Promise<void>;
  /** From now on no message can be changed, as if it were old. */
  noEdits(): void;
}

export interface Which {
  readonly what: "post" | "edit";
  /** Counted from 1, which is the default. */
  readonly nth?: number;
}

/** A message that shows what came of the job, and not that it waits or runs. */
export function isResult({ text }: Seen): boolean {
  return /result 1 of \d/.test(text);
}
