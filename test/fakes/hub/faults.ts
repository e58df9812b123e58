/** What the fake hub does wrong, to requests whose path and query match, so many times. */
export interface Fault {
  readonly server?: "hub" | "cdn";
  readonly path: RegExp;
  readonly times: number;
  readonly does: FaultAction;
}

export type FaultAction =
  /** Answers with this status and no body. */
  | { readonly kind: "status"; readonly status: number; readonly headers?: Readonly<Record<string, string>> }
  /** Ends the connection after so many bytes of the body. */
  | { readonly kind: "cut"; readonly after: number }
  /** Says nothing more after so many bytes of the body, and keeps the connection. */
  | { readonly kind: "stall"; readonly after: number }
  /** Claims that the file has so many bytes more than it has. */
  | { readonly kind: "lie"; readonly by: number }
  /** Sends so many bytes more than it claims, in chunks without a length. */
  | { readonly kind: "excess"; readonly bytes: number }
  /** Changes the byte at this place of the file. */
  | { readonly kind: "flip"; readonly at: number }
  /** Sends a small piece, then waits so long, and so on. */
  | { readonly kind: "slow"; readonly piece: number; readonly milliseconds: number }
  /** Answers with the whole file whatever part was asked for. */
  | { readonly kind: "no-ranges" }
  /** Answers with another part than was asked for. */
  | { readonly kind: "other-part" }
  /** Answers with this text. */
  | { readonly kind: "text"; readonly body: string };

/** Faults in the order in which they were added; each is used up by the requests that it befell. */
export interface Faults {
  add(fault: Fault): void;
  clear(): void;
  next(server: "hub" | "cdn", path: string): FaultAction | null;
}

export function createFaults(): Faults {
  const waiting: { fault: Fault; left: number }[] = [];
  return {
    add: (fault) => void waiting.push({ fault, left: fault.times }),
    clear: () => void waiting.splice(0),
    next(server, path) {
      const found = waiting.find(
        ({ fault, left }) => left > 0 && (fault.server ?? server) === server && fault.path.test(path),
      );
      if (!found) return null;
      found.left -= 1;
      return found.fault.does;
    },
  };
}
