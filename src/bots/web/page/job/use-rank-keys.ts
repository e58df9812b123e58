import { useEffect } from "preact/hooks";

/** Jobs whose results are shown, the one that was touched last at the end: keys are for that one. */
const shown: { readonly job: string; readonly show: (rank: number) => void }[] = [];

/** Keys 1 to 8 choose a result, unless somebody types. */
export function useRankKeys(job: string, show: (rank: number) => void): void {
  useEffect(() => {
    const entry = { job, show };
    shown.push(entry);
    if (shown.length === 1) addEventListener("keydown", choose);
    return () => {
      shown.splice(shown.indexOf(entry), 1);
      if (shown.length === 0) removeEventListener("keydown", choose);
    };
  });
}

function choose(event: KeyboardEvent): void {
  if (event.ctrlKey || event.metaKey || event.altKey || !/^[1-8]$/.test(event.key)) return;
  const target = event.target as HTMLElement | null;
  const isTyped = target?.closest("input:not([type=range]), textarea, select, dialog");
  if (isTyped) return;
  // The job that the focus is in, else the one on top of what is drawn last.
  const within = target?.closest<HTMLElement>("[data-job]")?.dataset.job;
  const entry = shown.findLast(({ job }) => job === within) ?? shown.at(-1);
  if (!entry) return;
  event.preventDefault();
  entry.show(Number(event.key));
}
