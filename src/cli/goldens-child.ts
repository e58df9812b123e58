import { EditError } from "../errors.ts";
import { runGoldens } from "../goldens/run.ts";
import { errorLineOf, exitStatusOf } from "./exit-status.ts";
import { openTerminal } from "./terminal.ts";

// The process that `lrbot goldens` runs: arguments are the folder, the device and its floats.

const [folder = "", device = "cpu", floats = "float32"] = process.argv.slice(2);
const terminal = openTerminal();
try {
  const { failed } = await runGoldens(folder, {
    device,
    target: { floats: floats === "float16" ? "float16" : "float32" },
    log: terminal.out,
  });
  process.exitCode = failed > 0 ? 1 : 0;
} catch (error) {
  if (!(error instanceof EditError)) throw error;
  terminal.say(errorLineOf(error));
  process.exitCode = exitStatusOf(error);
}
