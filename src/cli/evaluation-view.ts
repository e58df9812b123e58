import type { EvaluationEvent } from "../eval/order.ts";
import type { Terminal } from "./terminal.ts";

/** Shows how far an evaluation is: a bar that is drawn in place on a screen, a line a picture elsewhere. */
export interface EvaluationView {
  show(event: EvaluationEvent): void;
  /** Takes the bar away. */
  end(): void;
}

export function createEvaluationView(
  terminal: Terminal,
  { quiet }: { readonly quiet: boolean },
): EvaluationView {
  if (quiet) return { show: () => {}, end: () => {} };
  let drawn = 0;
  let told = -1;
  return {
    show(event) {
      if (terminal.isScreen) {
        const line = evaluationLineOf(event, terminal.columns);
        terminal.draw(`\r${line.padEnd(drawn)}`);
        drawn = line.length;
      } else if (event.done !== told) {
        told = event.done;
        terminal.say(evaluationLineOf(event, Number.POSITIVE_INFINITY));
      }
    },
    end() {
      if (drawn > 0) terminal.draw(`\r${" ".repeat(drawn)}\r`);
      drawn = 0;
    },
  };
}

const barWidth = 20;

/** One line of at most `columns - 1` characters; what matters least goes first. */
export function evaluationLineOf(event: EvaluationEvent, columns: number): string {
  const { done, pictures, file, label, painted, secondsLeft } = event;
  const filled = Math.round((barWidth * done) / pictures);
  const bar = `[${"#".repeat(filled)}${"-".repeat(barWidth - filled)}] `;
  const counted = `picture ${done + 1} of ${pictures}`;
  const left = secondsLeft === null ? "" : `  ${timeLeft(secondsLeft)}`;
  const candidates = [
    `${bar}${counted}, ${file}, ${label}, ${painted} boxes painted${left}`,
    `${bar}${counted}, ${label}${left}`,
    `${bar}${counted}${left}`,
    `${counted}${left}`,
  ];
  return candidates.find((line) => line.length < columns) ?? counted.slice(0, Math.max(0, columns - 1));
}

function timeLeft(seconds: number): string {
  if (seconds < 100) return `about ${Math.round(seconds)} s left`;
  if (seconds < 100 * 60) return `about ${Math.round(seconds / 60)} min left`;
  return `about ${Math.round(seconds / 3600)} h left`;
}
