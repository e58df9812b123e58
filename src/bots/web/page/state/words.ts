import { createWords, type Words } from "../../../../locales/create-words.ts";

/** The words of a language, from the catalogues that the bot has; each is fetched when it is asked for. */
export async function loadWords(locale: string): Promise<Words> {
  switch (locale.toLowerCase().split(/[-_]/)[0]) {
    case "de": {
      const { de } = await import("../../../../locales/de.ts");
      return createWords("de", de, undefined);
    }
    case "fr": {
      const { fr } = await import("../../../../locales/fr.ts");
      return createWords("fr", fr, undefined);
    }
    default: {
      const { en } = await import("../../../../locales/en.ts");
      return createWords("en", en, undefined);
    }
  }
}
