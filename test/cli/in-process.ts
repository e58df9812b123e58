import { join } from "node:path";
import { type CommandContext, createContext } from "../../src/cli/context.ts";
import { type Editor, openEditor } from "../../src/cli/editor.ts";
import { errorLineOf, exitStatusOf } from "../../src/cli/exit-status.ts";
import { runCommandLine } from "../../src/cli/program.ts";
import { systemClocks } from "../../src/clocks.ts";
import { type Config, loadConfig } from "../../src/config.ts";
import { EditError } from "../../src/errors.ts";
import type { PackProbe } from "../../src/pipeline/workers/probe/client.ts";
import type { Ended, LrbotOptions } from "./lrbot.ts";

/**
 * The real command line within this process, as `runLrbot` runs it in one of its own: for cases in which the process is not the
 * point. A failure that was not foreseen is thrown. One at a time: the folder is this process's own meanwhile.
 */
export function runHere(words: readonly string[], options: HereOptions): Promise<Ended> {
  return run(words, options, (context) => context);
}

export interface SharedWorkers extends AsyncDisposable {
  /** As `runHere`. The worker is in the folder that it was first needed in: pictures are named by their full path. */
  runHere(words: readonly string[], options: HereOptions): Promise<Ended>;
}

/**
 * The real command line within this process, whose edits share a worker process with those of the same device, as the jobs of a
 * bot do, and whose looks at packs share one too: for cases in which no process is the point.
 */
export function shareWorkers(): SharedWorkers {
  const editors = new Map<string, Editor>();
  let probe: PackProbe | null = null;
  const sharing = (context: CommandContext): CommandContext => ({
    ...context,
    openEditor(plan) {
      const { lanes, safetyModel, marks, loadTimeoutSeconds } = context.config();
      const [device, server] = [plan?.device ?? lanes[0] ?? "cpu", plan?.server ?? null];
      const key = JSON.stringify([device, server, safetyModel, marks]);
      const editor =
        editors.get(key) ??
        openEditor({
          ...context,
          ...context.childOptions(),
          ...{ device, server, safetyModel, marks, loadMilliseconds: loadTimeoutSeconds * 1000 },
        });
      editors.set(key, editor);
      return { ...editor, async [Symbol.asyncDispose]() {} };
    },
    openPackProbe() {
      probe ??= context.openPackProbe();
      return { ...probe, async [Symbol.asyncDispose]() {} };
    },
  });
  return {
    runHere: (words, options) => run(words, options, sharing),
    async [Symbol.asyncDispose]() {
      for (const opened of [...editors.values(), probe]) await opened?.[Symbol.asyncDispose]();
    },
  };
}

type HereOptions = Pick<LrbotOptions, "folder" | "environment">;

async function run(
  words: readonly string[],
  { folder, environment = {} }: HereOptions,
  adapt: (context: CommandContext) => CommandContext,
): Promise<Ended> {
  const before = { folder: process.cwd(), TMPDIR: process.env.TMPDIR, HOME: process.env.HOME };
  const places = { HOME: folder, TMPDIR: folder, LRBOT_DATA: join(folder, "data") };
  const given = { PATH: process.env.PATH ?? "", LRBOT_WEB: "off", ...places, ...environment };
  const ended = { status: 0, stdout: "", stderr: "" };
  const context = adapt(contextOf(ended, () => loadConfig({ environment: given, folder })));
  try {
    process.chdir(folder);
    Object.assign(process.env, { TMPDIR: folder, HOME: folder });
    await runCommandLine(words, context);
  } catch (error) {
    if (!(error instanceof EditError)) throw error;
    context.terminal.say(errorLineOf(error));
    ended.status = exitStatusOf(error);
  } finally {
    process.chdir(before.folder);
    for (const name of ["TMPDIR", "HOME"] as const) {
      if (before[name] === undefined) delete process.env[name];
      else process.env[name] = before[name];
    }
  }
  return ended;
}

function contextOf(
  ended: { status: number; stdout: string; stderr: string },
  readConfig: () => Config,
): CommandContext {
  return createContext({
    terminal: {
      out: (text) => {
        ended.stdout += `${text}\n`;
      },
      say: (text) => {
        ended.stderr += `${text}\n`;
      },
      draw: (text) => {
        ended.stderr += text;
      },
      isScreen: false,
      columns: 80,
    },
    interrupt: { signal: new AbortController().signal, onRepeat: () => () => {} },
    clocks: systemClocks,
    readConfig,
    log: () => {},
    setStatus(status) {
      ended.status = status;
    },
    leaveAtEnd: () => {},
  });
}
