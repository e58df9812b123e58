// What a job's pack is called: `mini`, or with one of the operator's styles `mini+ink`.

/** A pack's name, and the style that is added to it; `null` for none. */
export interface PackName {
  readonly pack: string;
  readonly style: string | null;
}

export function packNameOf({ pack, style }: PackName): string {
  return style === null ? pack : `${pack}+${style}`;
}

/** Reads what `packNameOf` wrote. */
export function readPackName(name: string): PackName {
  const [pack = "", style = null] = name.split("+");
  return { pack, style };
}
