import { EditError } from "../errors.ts";

/** Requests from outside to stop: the first asks, each one after it insists. */
export interface Interrupt {
  /** Aborts at the first request. */
  readonly signal: AbortSignal;
  /** Calls back at the second request and after; gives the function that stops it. */
  onForce(listener: () => void): () => void;
}

/** Listens to SIGINT (Ctrl-C), SIGTERM and SIGHUP of this process, in place of whoever listened before. */
export function listenForInterrupts(): Interrupt {
  const controller = new AbortController();
  const forced = new Set<() => void>();
  const onSignal = (name: string) => {
    if (controller.signal.aborted) for (const listener of forced) listener();
    else controller.abort(new EditError("cancelled", `Expected the work to finish, got ${name}.`));
  };
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    const before = process.listeners(name);
    // In this order: without any listener for a moment, a signal on its way would be lost.
    process.on(name, onSignal);
    for (const listener of before) process.off(name, listener);
  }
  return {
    signal: controller.signal,
    onForce(listener) {
      forced.add(listener);
      return () => forced.delete(listener);
    },
  };
}
