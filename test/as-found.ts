import { afterAll, vi } from "vitest";

// Test files of the project "shared" (vitest.config.ts) run one after another in the same process. What belongs to the process is
// put back after each, and a file that has not done so itself fails, in place of those that come after it.

const foundEnvironment = { ...process.env };
const found = lasting();

afterAll(() => {
  const left = lasting();
  process.chdir(found.folder);
  const variables = new Set([...Object.keys(foundEnvironment), ...Object.keys(process.env)]);
  const changed: string[] = [];
  for (const name of variables) {
    const value = foundEnvironment[name];
    // libvips sets its own once, where it is first used.
    if (process.env[name] === value || name === "VIPSHOME") continue;
    changed.push(name);
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
  vi.useRealTimers();
  for (const what of Object.keys(found) as (keyof typeof found)[])
    if (left[what] !== found[what]) changed.push(what);
  if (changed.length > 0)
    throw new Error(`Expected a test file to leave its process as it found it, got another ${changed}.`);
});

/** What one test file could leave to the next, besides the environment. */
function lasting() {
  const events = ["SIGINT", "SIGTERM", "uncaughtException", "unhandledRejection"];
  return {
    folder: folder(),
    timers: vi.isFakeTimers() ? "fake" : "real",
    listeners: events.map((name) => process.listenerCount(name)).join(),
  };
}

/** A folder that was deleted has no name. */
function folder(): string {
  try {
    return process.cwd();
  } catch {
    return "a deleted folder";
  }
}
