import { pino } from "pino";
import type { LogLevel } from "./config.ts";

type Level = Exclude<LogLevel, "silent">;

/** What is known beside the text; errors in it are written with their stacks and causes. */
export type LogDetails = Readonly<Record<string, unknown>>;

/** The operator's log: one JSON object a line, with `level`, `time` and `msg`. Methods need no `this`. */
export interface Log {
  /** The same as the method of that name; adapters of chats take this one. */
  readonly write: (level: Level, text: string, details?: LogDetails) => void;
  readonly debug: (text: string, details?: LogDetails) => void;
  readonly info: (text: string, details?: LogDetails) => void;
  readonly warn: (text: string, details?: LogDetails) => void;
  readonly error: (text: string, details?: LogDetails) => void;
  /** A log whose lines carry these fields too, such as `{ job: id }`. */
  readonly child: (fields: LogDetails) => Log;
}

export interface LogOptions {
  readonly level: LogLevel;
  /** Strings that never appear in a line, wherever they come from: text, fields, their names, errors. */
  readonly secrets: readonly string[];
  /** Takes whole lines. Default: standard error, so that standard output stays a command's own. */
  readonly destination?: { write(line: string): void };
}

/** Opens the log. Lines are written at once, so that nothing is lost when the process is killed. */
export function createLog({ level, secrets, destination }: LogOptions): Log {
  const logger = pino(
    {
      level,
      base: null,
      formatters: { level: (label) => ({ level: label }) },
      timestamp: pino.stdTimeFunctions.isoTime,
      hooks: { streamWrite: createRedactor(secrets) },
    },
    destination ?? pino.destination({ dest: 2, sync: true }),
  );
  return logOf(logger);
}

function logOf(logger: pino.Logger): Log {
  const write: Log["write"] = (level, text, details = {}) => logger[level](withErrors(details), text);
  return {
    write,
    debug: (text, details) => write("debug", text, details),
    info: (text, details) => write("info", text, details),
    warn: (text, details) => write("warn", text, details),
    error: (text, details) => write("error", text, details),
    child: (fields) => logOf(logger.child(withErrors(fields))),
  };
}

function withErrors(details: LogDetails): Record<string, unknown> {
  const entries = Object.entries(details).map(([name, value]) => [
    name,
    value instanceof Error ? pino.stdSerializers.errWithCause(value) : value,
  ]);
  return Object.fromEntries(entries);
}

const redacted = "[redacted]";

/**
 * Takes the secrets out of a line: as they are, as a URL spells them, and as JSON within a string would. What comes out is
 * a line of JSON again, whatever the secrets are.
 */
function createRedactor(secrets: readonly string[]): (line: string) => string {
  const needles = secrets
    .filter(Boolean)
    .flatMap((secret) => [secret, encodeURIComponent(secret), escaped(secret)]);
  const unique = [...new Set(needles)].sort((a, b) => b.length - a.length);
  // A line is JSON itself, so what has to be escaped in JSON stands in it escaped.
  const signs = [...new Set(unique.map(escaped))];
  const clean = (text: string) => unique.reduce((rest, needle) => rest.replaceAll(needle, redacted), text);
  return (line) => {
    if (!signs.some((sign) => line.includes(sign))) return line;
    return `${JSON.stringify(cleaned(JSON.parse(line), clean))}\n`;
  };
}

function cleaned(value: unknown, clean: (text: string) => string): unknown {
  if (typeof value === "string") return clean(value);
  if (typeof value === "number") return clean(String(value)) === String(value) ? value : redacted;
  if (Array.isArray(value)) return value.map((inner) => cleaned(inner, clean));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [clean(name), cleaned(inner, clean)]),
  );
}

/** As it stands between the quotes of a JSON string. */
function escaped(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}
