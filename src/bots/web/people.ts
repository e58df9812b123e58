import { z } from "zod";
import type { SettingsStore } from "../../store/settings.ts";

/** Who uses the page, by the ids that the bot knows them by. Names outlive restarts. */
export interface People {
  /** The id itself of who was never seen. */
  nameOf(id: string): Promise<string>;
  /** Names of several, by id. */
  namesOf(ids: Iterable<string>): Promise<Readonly<Record<string, string>>>;
  /** The id of who has a name, whatever its case; `null` where nobody has. */
  idNamed(name: string): Promise<string | null>;
  /** Somebody is there under a name. */
  note(id: string, name: string): Promise<void>;
}

const scopes = { people: "web:people", names: "web:names" } as const;
const personSchema = z.object({ name: z.string() });

/** Kept beside the settings, read once. */
export function createPeople(store: SettingsStore): People {
  const known = new Map<string, string>();
  const people: People = {
    async nameOf(id) {
      const found = known.get(id) ?? personSchema.safeParse(await store.get(scopes.people, id)).data?.name;
      if (found === undefined) return id;
      known.set(id, found);
      return found;
    },
    async namesOf(ids) {
      const unique = [...new Set(ids)];
      const names = await Promise.all(unique.map((id) => people.nameOf(id)));
      return Object.fromEntries(unique.map((id, index) => [id, names[index] ?? id]));
    },
    async idNamed(name) {
      return z.string().safeParse(await store.get(scopes.names, folded(name))).data ?? null;
    },
    async note(id, name) {
      if (known.get(id) === name || (await people.nameOf(id)) === name) return;
      await store.set(scopes.people, id, { name });
      await store.set(scopes.names, folded(name), id);
      known.set(id, name);
    },
  };
  return people;
}

function folded(name: string): string {
  return name.normalize("NFKC").toLowerCase();
}
