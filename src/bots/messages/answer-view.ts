import type { JobRecord, JobView } from "../../store/jobs.ts";

// Buttons under an answer that one member sees. No message there follows the job, so each button carries the view that it
// is about, and what it does is answered by its own interaction. Nothing of it changes what others see.

/** What a button under an answer is about. */
export interface AnswerView {
  readonly view: JobView;
  /** It stands in place of the answer, or, under all results at once, comes as another one. */
  readonly isInPlace: boolean;
}

const inPlace = 1000;
const beside = 2000;
/** Ranks stay below this. */
const maxRank = 99;

/** A view as the argument of a button's reference; ordinary arguments are ranks. */
export function argumentOf({ rank, showsBox }: JobView, isInPlace = true): number {
  return (isInPlace ? inPlace : beside) + Math.min(rank, maxRank) * 10 + (showsBox ? 1 : 0);
}

/** `null` of a button under a message that others see too. */
export function answerViewIn(argument: number): AnswerView | null {
  if (argument < inPlace || argument >= beside + 1000) return null;
  const code = argument % 1000;
  return {
    view: { rank: Math.floor(code / 10), showsBox: code % 10 === 1 },
    isInPlace: argument < beside,
  };
}

/** The job as the message shows it under which a button stands. */
export function asShown(job: JobRecord, argument: number): JobRecord {
  const answer = answerViewIn(argument);
  return answer ? { ...job, view: answer.view } : job;
}
