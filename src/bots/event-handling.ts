/** The events that are being handled, until no more are taken. */
export interface EventHandling {
  /** Begins at once and is not waited for; `handle` never rejects. Does nothing once it is stopped. */
  begin(handle: () => Promise<void>): void;
  /** Takes no more, and resolves when all that were taken are handled. */
  stop(): Promise<void>;
}

export function createEventHandling(): EventHandling {
  const underWay = new Set<Promise<void>>();
  let isStopped = false;
  return {
    begin(handle) {
      if (isStopped) return;
      const handled = handle().finally(() => underWay.delete(handled));
      underWay.add(handled);
    },
    async stop() {
      isStopped = true;
      while (underWay.size > 0) await Promise.allSettled(underWay);
    },
  };
}
