import type { Command } from "commander";
import type { CommandContext } from "../context.ts";
import { allFindings } from "../doctor/findings.ts";
import { tableOf } from "../table.ts";

/** `lrbot doctor`: what works on this machine, what does not, and what mends it. */
export function addDoctor(program: Command, context: CommandContext): void {
  program
    .command("doctor")
    .summary("say what works on this machine, and what mends what does not")
    .description(
      "Checks Node, memory, the data folder, the GPU, the model packs, the styles, the servers that paint, the fleet and the native parts, and " +
        "names the one step that mends what is broken. Exit status 1 when something that an edit needs is broken.",
    )
    .helpOption("-h, --help", "say this")
    .option("--json", "print a JSON array")
    .addHelpText("after", "\nExample:\n  $ lrbot doctor")
    .action((options: { json?: true }) => runDoctor(options.json === true, context));
}

async function runDoctor(json: boolean, context: CommandContext): Promise<void> {
  const { terminal } = context;
  const config = context.config();
  const findings = await allFindings(config, context.childOptions());
  context.setStatus(findings.some(({ state }) => state === "broken") ? 1 : 0);
  if (json) return terminal.out(JSON.stringify(findings, null, 2));
  terminal.out(
    tableOf(
      ["check", "state", "what was found"],
      findings.map(({ check, state, says, mend }) => [
        check,
        state,
        mend ? `${says} Mend it: ${mend}` : says,
      ]),
    ),
  );
}
