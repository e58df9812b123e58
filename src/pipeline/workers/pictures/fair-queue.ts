/** What waits for the one place at work. */
export interface FairQueue<Entry> {
  /** @param person Whose turn it takes. */
  add(entry: Entry, person: string): void;
  /** It is gone, if it still waits. */
  remove(entry: Entry): void;
  /** Takes the next one out; it is its person's turn now. */
  next(): Entry | undefined;
}

/**
 * Urgent entries before the others; among them the people in turn: who never had a turn first, then who had theirs longest
 * ago, each with their oldest entry. So whoever waits with many holds up nobody who waits with one for longer than one
 * entry takes. Turns are forgotten once nobody waits.
 */
export function createFairQueue<Entry>(isUrgent: (entry: Entry) => boolean): FairQueue<Entry> {
  /** In the order they came. */
  const waiting = new Map<Entry, string>();
  const turns = new Map<string, number>();
  let lastTurn = 0;

  return {
    add: (entry, person) => void waiting.set(entry, person),
    remove: (entry) => void waiting.delete(entry),
    next() {
      let first: Entry | undefined;
      let best = { isUrgent: false, turn: Number.POSITIVE_INFINITY };
      for (const [entry, person] of waiting) {
        const rank = { isUrgent: isUrgent(entry), turn: turns.get(person) ?? 0 };
        const isBetter = rank.isUrgent === best.isUrgent ? rank.turn < best.turn : rank.isUrgent;
        if (!isBetter) continue;
        first = entry;
        best = rank;
      }
      if (first === undefined) turns.clear();
      else {
        turns.set(waiting.get(first) ?? "", ++lastTurn);
        waiting.delete(first);
      }
      return first;
    },
  };
}
