import type { Clocks } from "../clocks.ts";
import type { Config } from "../config.ts";
import type { ProcessOptions } from "../pipeline/workers/child.ts";
import { openPackProbe, type PackProbe } from "../pipeline/workers/probe/client.ts";
import type { LanePlan } from "../service/lanes.ts";
import { type Editor, openEditor } from "./editor.ts";
import type { ExitStatus } from "./exit-status.ts";
import type { Interrupt } from "./interrupt.ts";
import type { Terminal } from "./terminal.ts";

/** What a command is given. */
export interface CommandContext {
  readonly terminal: Terminal;
  readonly interrupt: Interrupt;
  /** Reads the environment at the first call, so that `--help` works whatever it holds. */
  config(): Config;
  readonly clocks: Clocks;
  /** What a child process is started with: it ends with the command's interrupt, and prints into the log. */
  childOptions(): ProcessOptions & { readonly signal: AbortSignal };
  /** A lane and its worker as planned; on the configuration's first device where none is given. */
  openEditor(plan?: LanePlan): Editor;
  /** A process that looks at packs; an interrupt ends it. */
  openPackProbe(): PackProbe;
  /** What the process ends with when the command returns; 0 unless it is set. */
  setStatus(status: ExitStatus): void;
  /** From now on the process ends with the command, whatever is open then. */
  leaveAtEnd(): void;
}

export interface ContextParts
  extends Pick<CommandContext, "terminal" | "interrupt" | "clocks" | "setStatus" | "leaveAtEnd"> {
  /** Called once at most. */
  readonly readConfig: () => Config;
  readonly log: ProcessOptions["log"];
}

export function createContext(parts: ContextParts): CommandContext {
  const { terminal, interrupt, clocks, setStatus, leaveAtEnd, readConfig, log } = parts;
  let config: Config | null = null;
  const context: CommandContext = {
    terminal,
    interrupt,
    config() {
      config ??= readConfig();
      return config;
    },
    clocks,
    childOptions: () => ({
      environment: context.config().workerEnvironment,
      log,
      signal: interrupt.signal,
    }),
    openEditor(plan) {
      const { lanes, safetyModel, marks, loadTimeoutSeconds, workerEnvironment, ...settings } =
        context.config();
      return openEditor({
        device: plan?.device ?? lanes[0] ?? "cpu",
        server: plan?.server ?? null,
        safetyModel,
        marks,
        learning: { folder: settings.dataFolder, keeps: settings.keepsLosses },
        loadMilliseconds: loadTimeoutSeconds * 1000,
        environment: workerEnvironment,
        log,
        clocks,
        interrupt,
      });
    },
    openPackProbe: () => openPackProbe(context.childOptions()),
    setStatus,
    leaveAtEnd,
  };
  return context;
}
