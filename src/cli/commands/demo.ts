import { readFileSync } from "node:fs";
import { join, parse, relative } from "node:path";
import type { Command } from "commander";
import { z } from "zod";
import { EditError, throwIfCancelled } from "../../errors.ts";
import { packageFolder } from "../../package-folder.ts";
import { openPack } from "../../packs/open.ts";
import { parseEditRequest } from "../../request.ts";
import type { CommandContext } from "../context.ts";
import { editInto } from "../edit-into.ts";
import { reserveOutputFolder } from "../output-folder.ts";
import { summaryOf } from "../summary.ts";

const resultsFolder = "demo-results";

/** `examples/demo.json`: what the demo edits, in order. */
const demoSchema = z
  .array(
    z.strictObject({
      /** A file beside demo.json. */
      picture: z.string(),
      prompt: z.string(),
      source: z.string().nullable().default(null),
      title: z.string(),
    }),
  )
  .min(1);

/** `lrbot demo`: edits the pictures that ship with the project, the way every edit goes. */
export function addDemo(program: Command, context: CommandContext): void {
  program
    .command("demo")
    .summary("edit the pictures that ship with the project")
    .description(
      `Edits the pictures in examples/ by the embedded pack and puts the results into ./${resultsFolder}, ` +
        "replacing those of the last demo. Needs no GPU, no token and no download.",
    )
    .helpOption("-h, --help", "say this")
    .option("--quiet", "no progress and no summary")
    .addHelpText("after", "\nExamples:\n  $ npm run demo\n  $ lrbot demo --quiet")
    .action((options: { quiet?: true }) => runDemo(options.quiet === true, context));
}

async function runDemo(quiet: boolean, context: CommandContext): Promise<void> {
  const { terminal, interrupt } = context;
  const examples = join(packageFolder, "examples");
  const entries = readDemo(join(examples, "demo.json"));
  const pack = await openPack("mini", { roots: context.config().packRoots });
  await using editor = context.openEditor();

  for (const [index, { picture, prompt, source, title }] of entries.entries()) {
    const request = parseEditRequest({ image: join(examples, picture), prompt, source });
    using output = reserveOutputFolder(join(resultsFolder, parse(picture).name), { force: true });
    throwIfCancelled(interrupt.signal);
    if (!quiet) terminal.say(`${index + 1}/${entries.length} ${title}: ${JSON.stringify(prompt)}`);
    const result = await editInto(output, { request, pack }, { ...context, editor, quiet });
    if (!quiet) for (const line of summaryOf(result, output.path)) terminal.out(line);
  }
  const best = join(relative(process.cwd(), resultsFolder), "*", "result-1.png");
  if (!quiet)
    terminal.out(`Done. Look at ${best}, and at overlay-1.png beside each for the box that was learned.`);
}

function readDemo(file: string): z.infer<typeof demoSchema> {
  try {
    return demoSchema.parse(JSON.parse(readFileSync(file, "utf8")));
  } catch (cause) {
    throw new EditError("usage", `Expected the demo's list at ${file}, got ${String(cause)}.`, { cause });
  }
}
