export interface UntilOptions {
  /** Milliseconds. Default 5000. */
  readonly timeout?: number | undefined;
  /** What is waited for, for the failure's text. */
  readonly what?: string | undefined;
}

/** Waits until the predicate gives something that is neither false nor nullish, and gives that. @throws Error at the timeout */
export async function until<T>(
  predicate: () => T | Promise<T>,
  { timeout = 5000, what = predicate.toString() }: UntilOptions = {},
): Promise<Exclude<T, false | null | undefined>> {
  const deadline = performance.now() + timeout;
  for (;;) {
    const value = await predicate();
    if (value !== false && value !== null && value !== undefined) {
      return value as Exclude<T, false | null | undefined>;
    }
    if (performance.now() > deadline) throw new Error(`Expected ${what} within ${timeout} ms, got none`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
