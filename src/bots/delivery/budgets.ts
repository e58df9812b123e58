/** What a channel or workspace has room for. Tasks whose budgets have the same name share it. */
export interface Budget {
  readonly name: string;
  readonly writesPerMinute: number;
}

/** How much is left of each budget. */
export interface Budgets {
  /** Milliseconds until each has a write left above its reserve, a share of the budget's size; 0 where it has now. */
  waitFor(budgets: readonly Budget[], reserve: number): number;
  spend(budgets: readonly Budget[]): void;
}

/**
 * Token buckets by name, each as large as ten seconds of its rate, at least 5 writes.
 * @param clock Monotonic, in milliseconds.
 */
export function createBudgets(clock: () => number): Budgets {
  const buckets = new Map<string, { tokens: number; at: number }>();

  function filled(budget: Budget): { tokens: number } {
    const now = clock();
    const size = sizeOf(budget);
    const bucket = buckets.get(budget.name) ?? { tokens: size, at: now };
    bucket.tokens = Math.min(size, bucket.tokens + ((now - bucket.at) * budget.writesPerMinute) / 60_000);
    bucket.at = now;
    buckets.set(budget.name, bucket);
    return bucket;
  }

  return {
    waitFor(budgets, reserve) {
      const waits = budgets.map((budget) => {
        const lacking = 1 + reserve * (sizeOf(budget) - 1) - filled(budget).tokens;
        return (lacking * 60_000) / budget.writesPerMinute;
      });
      return Math.max(0, ...waits);
    },
    spend(budgets) {
      for (const budget of budgets) filled(budget).tokens -= 1;
    },
  };
}

function sizeOf({ writesPerMinute }: Budget): number {
  return Math.max(5, writesPerMinute / 6);
}
