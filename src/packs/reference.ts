import type { PackReference } from "./pack.ts";

/** One measured figure, beside what is known of it. */
export interface ComparedFigure {
  readonly name: string;
  /** `null` where a known figure was not measured. */
  readonly measured: number | null;
  /** `null` where nobody has measured it before. */
  readonly known: number | null;
  readonly within: number | null;
  readonly verdict: "as known" | "differs" | "not known";
}

/** Holds measured figures to the known ones; those that only one side has are said too. */
export function compareFigures(
  measured: ReadonlyMap<string, number>,
  reference: PackReference | null,
): ComparedFigure[] {
  const known = new Map(Object.entries(reference?.figures ?? {}));
  const names = new Set([...measured.keys(), ...known.keys()]);
  return [...names].map((name) => {
    const value = measured.get(name) ?? null;
    const figure = known.get(name);
    if (!figure) return { name, measured: value, known: null, within: null, verdict: "not known" };
    const isWithin = value !== null && Math.abs(value - figure.value) <= figure.within;
    const verdict = isWithin ? "as known" : "differs";
    return { name, measured: value, known: figure.value, within: figure.within, verdict };
  });
}
