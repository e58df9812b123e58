// "Edit that: a red car": the last picture of the channel or thread.

const typed = /(?:^|\s)--last(?=\s|$)/iu;

/** What is said in front of what to paint, in each language that the bot speaks. */
const said: readonly RegExp[] = [
  /^(?:please,?\s+)?edit\s+(?:that|this|it|the\s+(?:last|latest|previous)(?:\s+one)?)(?:\s+(?:picture|image|photo))?(?=[\s,.:;!–—-]|$)/iu,
  /^(?:bitte\s+)?bearbeite\s+(?:bitte\s+)?(?:das|dies|dieses|das\s+letzte)(?:\s+(?:bild|foto))?(?=[\s,.:;!–—-]|$)/iu,
  /^modifie[sz]?\s+(?:ça|cela|ceci|(?:cette|la\s+derni[èe]re)\s+(?:image|photo))(?:\s+(?:image|photo))?(?=[\s,.:;!–—-]|$)/iu,
];
const joining = /^[\s,.:;!–—-]+/u;

/** Words of a message without "edit that" or `--last`, and whether one of them was there. */
export function readLast(text: string): { readonly text: string; readonly isOfLast: boolean } {
  if (typed.test(text)) return { text: text.replace(typed, " ").trim(), isOfLast: true };
  const line = text.trim();
  for (const form of said) {
    const [found] = form.exec(line) ?? [];
    if (found !== undefined) return { text: line.slice(found.length).replace(joining, ""), isOfLast: true };
  }
  return { text, isOfLast: false };
}
