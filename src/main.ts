import { createContext } from "./cli/context.ts";
import { errorLineOf, exitStatusOf } from "./cli/exit-status.ts";
import { type FailureLog, openFailureLog } from "./cli/failure-log.ts";
import { listenForInterrupts } from "./cli/interrupt.ts";
import { runCommandLine } from "./cli/program.ts";
import { openTerminal } from "./cli/terminal.ts";
import { systemClocks } from "./clocks.ts";
import { type Config, loadConfig, secretVariables, silenceLibraries } from "./config.ts";
import { EditError } from "./errors.ts";
import { hideFromProc } from "./proc-environ.ts";

// The command line, and the only one where parts are put together. Nothing that decodes pictures or runs
// networks is loaded into this process.

const terminal = openTerminal();
const interrupt = listenForInterrupts();
const clocks = systemClocks;
let leavesAtEnd = false;
let log: FailureLog | null = null;

const context = createContext({
  terminal,
  interrupt,
  clocks,
  readConfig,
  log: (...words) => failureLog().write(...words),
  setStatus(status) {
    process.exitCode = status;
  },
  leaveAtEnd() {
    leavesAtEnd = true;
  },
});

try {
  await runCommandLine(process.argv.slice(2), context);
} catch (error) {
  const coded = error instanceof EditError ? error : unforeseen(error);
  terminal.say(errorLineOf(coded));
  process.exitCode = exitStatusOf(coded);
}
// A connection that nobody closed must not keep a process that does nothing any more.
if (leavesAtEnd) process.exit();

function readConfig(): Config {
  const config = loadConfig();
  hideFromProc(secretVariables);
  silenceLibraries();
  return config;
}

function failureLog(): FailureLog {
  const { dataFolder, logLevel } = context.config();
  log ??= openFailureLog(dataFolder, logLevel, clocks.wall);
  return log;
}

function unforeseen(error: unknown): EditError {
  const file = failureLog();
  file.write("error", error);
  return new EditError(
    "internal",
    `Expected the command to finish, got a failure of ours; see ${file.file}.`,
  );
}
