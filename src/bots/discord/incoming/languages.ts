/** The languages of people: Discord tells them with interactions, and never with messages. */
export interface Languages {
  learn(user: string, locale: string): void;
  /** BCP 47; `null` of somebody who used no command, button or modal yet. */
  of(user: string): string | null;
}

const keptPeople = 10_000;

/** In memory, of those who were heard of last. */
export function createLanguages(): Languages {
  const known = new Map<string, string>();
  return {
    learn(user, locale) {
      known.delete(user);
      known.set(user, locale);
      const [oldest] = known.keys();
      if (known.size > keptPeople && oldest !== undefined) known.delete(oldest);
    },
    of: (user) => known.get(user) ?? null,
  };
}
