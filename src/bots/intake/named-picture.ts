// A picture that is named in place of attaching it: "edit that: a red car", an address, `--avatar @bob`.

/** What is named; `member` is `null` where somebody's own avatar is meant, or it is told apart from the text. */
export type NamedPicture =
  | { readonly kind: "last" }
  | { readonly kind: "address"; readonly url: string }
  | { readonly kind: "avatar"; readonly member: string | null };

const typedLast = /(?:^|\s)--last(?=\s|$)/iu;
/** Followed by a name, in whatever way a chat writes one. */
const typedAvatar = /(?:^|\s)--avatar(?:\s+(?:<@!?\d+>|@\S+))?(?=\s|$)/iu;
const address = /<?(https?:\/\/[^\s<>]+)>?/iu;

/** What is said in front of what to paint, in each language that the bot speaks. */
const said: readonly RegExp[] = [
  /^(?:please,?\s+)?edit\s+(?:that|this|it|the\s+(?:last|latest|previous)(?:\s+one)?)(?:\s+(?:picture|image|photo))?(?=[\s,.:;!–—-]|$)/iu,
  /^(?:bitte\s+)?bearbeite\s+(?:bitte\s+)?(?:das|dies|dieses|das\s+letzte)(?:\s+(?:bild|foto))?(?=[\s,.:;!–—-]|$)/iu,
  /^modifie[sz]?\s+(?:ça|cela|ceci|(?:cette|la\s+derni[èe]re)\s+(?:image|photo))(?:\s+(?:image|photo))?(?=[\s,.:;!–—-]|$)/iu,
];
const joining = /^[\s,.:;!–—-]+/u;

/** Words of a message without what names a picture, and the picture; `null` where none is named. */
export function readNamed(text: string): { readonly text: string; readonly named: NamedPicture | null } {
  const without = (form: RegExp) => text.replace(form, " ").replace(/\s+/gu, " ").trim();
  const [, url] = address.exec(text) ?? [];
  if (url !== undefined) return { text: without(address), named: { kind: "address", url } };
  if (typedAvatar.test(text)) return { text: without(typedAvatar), named: { kind: "avatar", member: null } };
  if (typedLast.test(text)) return { text: without(typedLast), named: { kind: "last" } };
  const line = text.trim();
  for (const form of said) {
    const [found] = form.exec(line) ?? [];
    if (found !== undefined)
      return { text: line.slice(found.length).replace(joining, ""), named: { kind: "last" } };
  }
  return { text, named: null };
}

/** What stands in the option `from`: `last`, or an address; whoever fetches it refuses everything else. */
export function namedBy(option: string): NamedPicture {
  const typed = option.trim();
  return typed.toLowerCase() === "last" ? { kind: "last" } : { kind: "address", url: typed };
}
