/** What a fake server does wrong, to requests whose method, path and query match, so many times. */
export interface Fault {
  /** Matched against `POST /prompt`, `GET /view?filename=...`. */
  readonly request: RegExp;
  /** Default 1. */
  readonly times?: number;
  readonly does: FaultAction;
}

export type FaultAction =
  /** Answers with this instead, as a proxy before it would. */
  | {
      readonly kind: "answer";
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string;
    }
  /** Sends another body with the right status and type. */
  | { readonly kind: "body"; readonly body: string }
  /** Ends the connection before it does what is asked, or after it without an answer. */
  | { readonly kind: "drop"; readonly when: "before" | "after" }
  /** Does what is asked, and ends the connection in the middle of the answer. */
  | { readonly kind: "cut" }
  /** Keeps the connection and never answers. */
  | { readonly kind: "stall" }
  /** Sends half of the answer and nothing more, and keeps the connection. */
  | { readonly kind: "trickle" };

/** Faults in the order in which they were added; each is used up by the requests that it befell. */
export interface Faults {
  add(fault: Fault): void;
  clear(): void;
  next(request: string): FaultAction | null;
}

export function createFaults(): Faults {
  const waiting: { readonly fault: Fault; left: number }[] = [];
  return {
    add: (fault) => void waiting.push({ fault, left: fault.times ?? 1 }),
    clear: () => void waiting.splice(0),
    next(request) {
      const found = waiting.find(({ fault, left }) => left > 0 && fault.request.test(request));
      if (!found) return null;
      found.left -= 1;
      return found.fault.does;
    },
  };
}
