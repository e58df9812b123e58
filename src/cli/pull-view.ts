import type { PullProgress } from "../packs/pulling/pull.ts";
import type { Terminal } from "./terminal.ts";

/** Shows how a pull comes along: a bar that is drawn in place on a screen, a few plain lines elsewhere. */
export interface PullView {
  show(progress: PullProgress): void;
  /** Says a line between, without breaking the bar. */
  note(text: string): void;
  /** Takes the bar away. */
  end(): void;
}

export function createPullView(
  terminal: Terminal,
  options: { quiet: boolean; now?: () => number },
): PullView {
  const { quiet, now = () => performance.now() } = options;
  if (quiet) return { show: () => {}, note: () => {}, end: () => {} };
  const pace = createPace(now);
  return terminal.isScreen ? createBar(terminal, pace, now) : createLines(terminal, pace, now);
}

/** Bytes a second of the last seconds, and the seconds left at that pace; `null` before there is one. */
interface Pace {
  add(progress: PullProgress): void;
  readonly bytesPerSecond: number | null;
  secondsLeft(progress: PullProgress): number | null;
}

const paceSeconds = 10;

function createPace(now: () => number): Pace {
  let seen: { at: number; bytes: number }[] = [];
  const rate = () => {
    const [first] = seen;
    const last = seen.at(-1);
    if (!first || !last || last.at - first.at < 500 || last.bytes <= first.bytes) return null;
    return ((last.bytes - first.bytes) / (last.at - first.at)) * 1000;
  };
  return {
    add({ doing, bytesDone }) {
      if (doing === "checking") return;
      const at = now();
      // What counts back was worth nothing: the pace begins anew.
      if (bytesDone < (seen.at(-1)?.bytes ?? 0)) seen = [];
      const last = seen.at(-1);
      if (last && seen.length > 1 && at - last.at < 100) Object.assign(last, { bytes: bytesDone });
      else seen.push({ at, bytes: bytesDone });
      seen = seen.filter((entry) => at - entry.at <= paceSeconds * 1000);
    },
    get bytesPerSecond() {
      return rate();
    },
    secondsLeft({ bytesDone, bytesTotal }) {
      const pace = rate();
      return pace === null ? null : (bytesTotal - bytesDone) / pace;
    },
  };
}

function createBar(terminal: Terminal, pace: Pace, now: () => number): PullView {
  let drawn = 0;
  let drawnAt = Number.NEGATIVE_INFINITY;
  let last = "";
  const end = () => {
    if (drawn > 0) terminal.draw(`\r${" ".repeat(drawn)}\r`);
    drawn = 0;
  };
  return {
    show(progress) {
      pace.add(progress);
      const isNew = `${progress.doing} ${progress.file}` !== last;
      if (!isNew && now() - drawnAt < 100) return;
      last = `${progress.doing} ${progress.file}`;
      drawnAt = now();
      const line = pullLineOf(progress, pace.bytesPerSecond, pace.secondsLeft(progress), terminal.columns);
      terminal.draw(`\r${line.padEnd(drawn)}`);
      drawn = line.length;
    },
    note(text) {
      end();
      terminal.say(text);
    },
    end,
  };
}

/** One line of at most `columns - 1` characters, so that no terminal wraps it; what matters least goes first. */
export function pullLineOf(
  { file, doing, bytesDone, bytesTotal }: PullProgress,
  bytesPerSecond: number | null,
  secondsLeft: number | null,
  columns: number,
): string {
  const room = Math.max(0, columns - 1);
  if (doing === "checking") return `checking ${file}`.slice(0, room);
  const share = bytesTotal > 0 ? bytesDone / bytesTotal : 1;
  const percent = `${String(Math.floor(share * 100)).padStart(3)} %`;
  const amount = `${sized(bytesDone)} of ${sized(bytesTotal)}`;
  const rate = bytesPerSecond === null ? "" : `  ${sized(bytesPerSecond)}/s`;
  const left = secondsLeft === null ? "" : `  ${timed(secondsLeft)} left`;
  const filled = Math.round(share * 20);
  const bar = `[${"#".repeat(filled)}${"-".repeat(20 - filled)}] `;
  const candidates = [
    `${bar}${percent}  ${amount}${rate}${left}  ${file}`,
    `${bar}${percent}  ${amount}${rate}${left}`,
    `${percent}  ${amount}${rate}${left}`,
    `${percent}${rate}${left}`,
    `${percent}${left}`,
  ];
  return candidates.find((line) => line.length <= room) ?? percent.slice(0, room);
}

/** A line when a file begins, and one every half minute where it takes long. */
const lineMilliseconds = 30_000;

function createLines(terminal: Terminal, pace: Pace, now: () => number): PullView {
  let file = "";
  let saidAt = 0;
  return {
    show(progress) {
      if (progress.doing === "checking") return;
      pace.add(progress);
      if (progress.file === file && now() - saidAt < lineMilliseconds) return;
      const isNew = progress.file !== file;
      file = progress.file;
      saidAt = now();
      const { bytesDone, bytesTotal } = progress;
      const rate = pace.bytesPerSecond === null ? "" : `, ${sized(pace.bytesPerSecond)}/s`;
      const seconds = pace.secondsLeft(progress);
      const left = seconds === null ? "" : `, ${timed(seconds)} left`;
      const amount = `${sized(bytesDone)} of ${sized(bytesTotal)}${rate}${left}`;
      terminal.say(isNew ? `fetching ${file} (${amount})` : `still ${file} (${amount})`);
    },
    note: (text) => terminal.say(text),
    end() {},
  };
}

/** `1.2 GB`; three digits at most before the unit. */
export function sized(bytes: number): string {
  if (bytes < 1e3) return `${Math.round(bytes)} B`;
  if (bytes < 1e6) return `${(bytes / 1e3).toFixed(0)} kB`;
  return bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(2)} GB`;
}

function timed(seconds: number): string {
  if (seconds < 100) return `${Math.ceil(seconds)} s`;
  return seconds < 6000 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}
