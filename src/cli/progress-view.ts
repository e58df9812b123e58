import type { Progress } from "../types.ts";
import type { Terminal } from "./terminal.ts";

/** Shows how an edit comes along: a bar that is drawn in place on a screen, a few plain lines elsewhere. */
export interface ProgressView {
  show(progress: Progress): void;
  /** Takes the bar away. */
  end(): void;
}

export interface ProgressViewOptions {
  readonly quiet: boolean;
  /** The line that tells of the first result, by its file's name. By default there is none. */
  readonly firstLine?: (file: string) => string;
}

export function createProgressView(terminal: Terminal, options: ProgressViewOptions): ProgressView {
  if (options.quiet) return { show: () => {}, end: () => {} };
  return terminal.isScreen ? createBar(terminal, options) : createLines(terminal, options);
}

/** The line that is to stay, where the progress tells of the first result. */
function firstLineOf(progress: Progress, { firstLine }: ProgressViewOptions): string | null {
  return progress.phase === "result" && progress.rank === null ? (firstLine?.(progress.file) ?? null) : null;
}

function createBar(terminal: Terminal, options: ProgressViewOptions): ProgressView {
  let drawn = 0;
  const redraw = (line: string) => {
    terminal.draw(`\r${line.padEnd(drawn)}`);
    drawn = line.length;
  };
  const clear = () => {
    if (drawn > 0) terminal.draw(`\r${" ".repeat(drawn)}\r`);
    drawn = 0;
  };
  return {
    show(progress) {
      const first = firstLineOf(progress, options);
      if (first !== null) {
        clear();
        terminal.say(first);
      }
      const line = barLineOf(progress, terminal.columns);
      if (line !== null) redraw(line);
    },
    end: clear,
  };
}

/**
 * One line of at most `columns - 1` characters, so that no terminal wraps it; what matters least goes first.
 * `null` for progress that changes nothing on the line.
 */
export function barLineOf(progress: Progress, columns: number): string | null {
  const label = labelOf(progress);
  if (label === null) return null;
  const share = progress.stepsTotal > 0 ? progress.stepsDone / progress.stepsTotal : 0;
  const percent = `${String(Math.floor(share * 100)).padStart(3)} %`;
  const isOver = progress.phase === "result" || progress.phase === "done";
  const left = progress.secondsLeft === null || isOver ? "" : `  ${timeLeft(progress.secondsLeft)}`;
  const candidates = [`${percent}  ${label}${left}`, `${percent}${left}`];
  const line = candidates.find((candidate) => candidate.length < columns);
  if (line === undefined) return percent.slice(0, Math.max(0, columns - 1));
  return `${barOf(share, columns - 1 - line.length)}${line}`;
}

/** A bar in the room that is left, or nothing where that is too small to say anything. */
function barOf(share: number, room: number): string {
  const width = Math.min(20, room - "[] ".length);
  if (width < 5) return "";
  const filled = Math.round(share * width);
  return `[${"#".repeat(filled)}${"-".repeat(width - filled)}] `;
}

function labelOf(progress: Progress): string | null {
  switch (progress.phase) {
    case "loading":
      return "loading the pack";
    case "features":
      return progress.anchors.length === 0 ? null : `${counted(progress.anchors.length, "anchor")} found`;
    case "round":
      return `learning, round ${progress.round}`;
    case "painting": {
      const what = progress.quality === "draft" ? "drafts" : "results";
      return `painting ${what}${anchorsOf(progress.anchors)}, step ${progress.step}/${progress.steps}`;
    }
    case "draft":
    case "mask":
      return null;
    case "result":
      return progress.rank === null ? null : `writing result ${progress.rank}`;
    case "done":
      return "done";
  }
}

/** Counted from 1, as people do. */
function anchorsOf(anchors: readonly number[]): string {
  const [first] = anchors;
  if (first === undefined) return "";
  return new Set(anchors).size === 1
    ? ` of anchor ${first + 1}`
    : ` of ${counted(new Set(anchors).size, "anchor")}`;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

function timeLeft(seconds: number): string {
  if (seconds < 1) return "nearly done";
  return seconds < 100 ? `about ${Math.round(seconds)} s left` : `about ${Math.round(seconds / 60)} min left`;
}

/** A pack that takes longer than this to load is worth a line; before it, bad input still ends in one line alone. */
const slowLoadMilliseconds = 5000;

function createLines(terminal: Terminal, options: ProgressViewOptions): ProgressView {
  let last: string | null = null;
  let slow: NodeJS.Timeout | undefined;
  const print = (line: string) => {
    clearTimeout(slow);
    if (line !== last) terminal.say(line);
    last = line;
  };
  return {
    show(progress) {
      const line = firstLineOf(progress, options) ?? plainLineOf(progress);
      if (line === null) return;
      if (progress.phase === "loading") slow ??= setTimeout(print, slowLoadMilliseconds, line).unref();
      else print(line);
    },
    end() {
      clearTimeout(slow);
    },
  };
}

/** One line for each stage, none for each step. */
function plainLineOf(progress: Progress): string | null {
  if (progress.phase === "painting") {
    const what = progress.quality === "draft" ? "drafts" : "results";
    return progress.step === 1 ? `painting ${what}${anchorsOf(progress.anchors)}` : null;
  }
  if (progress.phase === "result" || progress.phase === "done") return null;
  return labelOf(progress);
}
