/** Names of things by their English ones, in lower case: `dog: Hund, cat: Katze`. */
export function readNouns(list: string): ReadonlyMap<string, string> {
  const pairs = list.trim().split(/,\s+/);
  return new Map(
    pairs.map((pair) => {
      const [english = "", name = ""] = pair.split(": ");
      return [english.toLowerCase(), name];
    }),
  );
}
