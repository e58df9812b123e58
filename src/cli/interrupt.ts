import { EditError } from "../errors.ts";

/** Requests from outside to stop: after the first, work ends in order; after the second, at once. */
export interface Interrupt {
  /** Aborts at the first request. */
  readonly signal: AbortSignal;
  /** Calls back at the second request and after; gives the function that stops it. */
  onRepeat(listener: () => void): () => void;
}

/** Listens to SIGINT (Ctrl-C), SIGTERM and SIGHUP of this process, in place of whoever listened before. */
export function listenForInterrupts(): Interrupt {
  const controller = new AbortController();
  const listeners = new Set<() => void>();
  const onSignal = (name: string) => {
    if (controller.signal.aborted) for (const listener of listeners) listener();
    else controller.abort(new EditError("cancelled", `Expected the work to finish, got ${name}.`));
  };
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    const before = process.listeners(name);
    // In this order: without any listener for a moment, a signal on its way would be lost.
    process.on(name, onSignal);
    for (const former of before) process.off(name, former);
  }
  return {
    signal: controller.signal,
    onRepeat(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
