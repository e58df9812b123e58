import { setTimeout as sleep } from "node:timers/promises";

/**
 * Waits until a predicate gives something other than `undefined`, `null` and `false`, and gives that.
 * @throws Error after `timeout` milliseconds (default 10000), with the last failure of the predicate if it threw
 */
export async function until<T>(
  predicate: () => T | Promise<T>,
  {
    timeout = 10_000,
    what = "the awaited state",
  }: { readonly timeout?: number; readonly what?: string } = {},
): Promise<Exclude<T, undefined | null | false>> {
  const deadline = performance.now() + timeout;
  for (;;) {
    let cause: unknown;
    try {
      const value = await predicate();
      if (value !== undefined && value !== null && value !== false) {
        return value as Exclude<T, undefined | null | false>;
      }
    } catch (error) {
      cause = error;
    }
    if (performance.now() > deadline) {
      throw new Error(`Expected ${what} within ${timeout} ms, got none`, { cause });
    }
    await sleep(5);
  }
}
