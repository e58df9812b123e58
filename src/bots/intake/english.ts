/** What `seemsEnglish` knows beside the text. */
export interface LanguageHints {
  /** English words in lower case: those of the pack's own lists. */
  readonly known: ReadonlySet<string>;
  /** BCP 47: what the member's chat is set to. */
  readonly locale: string;
}

/**
 * False where a text is in another language than English, found cheaply: most of its letters are of another script; or more
 * small words of other languages stand in it than of English; or a member whose chat is not English typed no word that is
 * known. A name or a rare word of English may be taken for foreign, so it decides nothing but what is said.
 */
export function seemsEnglish(text: string, { known, locale }: LanguageHints): boolean {
  const words =
    text
      .normalize("NFC")
      .toLowerCase()
      .match(/[\p{L}\p{M}]+/gu) ?? [];
  if (words.length === 0) return true;
  const letters = words.join("");
  const latin = letters.match(/\p{Script=Latin}/gu)?.length ?? 0;
  if (latin * 2 < (letters.match(/\p{L}/gu)?.length ?? 0)) return false;
  const countOf = (list: ReadonlySet<string>) => words.filter((word) => list.has(word)).length;
  const [english, other] = [countOf(small), countOf(foreign)];
  if (english > 0 || other > 0) return english >= other;
  const isKnown = (word: string) => known.has(word) || (word.endsWith("s") && known.has(word.slice(0, -1)));
  return /^en\b/i.test(locale) || known.size === 0 || words.some(isKnown);
}

const listOf = (words: string) => new Set(words.split(" "));

const small = listOf(
  "the of with and from on at by to as is are its it this that very many some no without into over under near behind " +
    "big small large little tall old new young red green blue yellow black white brown pink purple golden grey gray",
);

/** Articles, prepositions and the like of German, French, Spanish, Italian, Portuguese and Dutch; none that English has too. */
const foreign = listOf(
  "ein eine einen einem einer eines der das dem und mit ohne auf aus für vor hinter neben unter über im vom zum " +
    "un une le la les des du et avec sans dans sur sous pour très au aux " +
    "el los las una y con en sobre muy del " +
    "il gli uno di della con senza nel sul " +
    "um uma os com sem na da muito " +
    "een het met zonder op voor naar",
);
