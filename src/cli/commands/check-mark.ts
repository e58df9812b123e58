import { resolve } from "node:path";
import type { Command } from "commander";
import { createPictureWorker } from "../../pipeline/workers/pictures/client.ts";
import type { CheckedMarks } from "../../types.ts";
import type { CommandContext } from "../context.ts";
import { printable } from "../exit-status.ts";

/** `lrbot check-mark`: whether a picture says that a model made it, or a part of it. */
export function addCheckMark(program: Command, context: CommandContext): void {
  program
    .command("check-mark")
    .summary("say which marks of AI a picture carries")
    .description(
      "Looks for what a picture's file says of how it came about, for a C2PA manifest, and in its pixels for this program's invisible mark " +
        "(of LRBOT_WATERMARK_KEY). Finding nothing proves nothing: files can be stripped, and pictures made elsewhere carry no such mark.",
    )
    .helpOption("-h, --help", "say this")
    .argument("<file>", "a PNG, JPEG, WebP or AVIF picture")
    .option("--json", "print a JSON object")
    .addHelpText("after", "\nExample:\n  $ lrbot check-mark photo.jpg")
    .action((file: string, options: { json?: true }) => runCheckMark(file, options.json === true, context));
}

async function runCheckMark(file: string, isJson: boolean, context: CommandContext): Promise<void> {
  const { terminal } = context;
  const { watermarkKey: key } = context.config();
  const { signal, ...options } = context.childOptions();
  await using pictures = createPictureWorker(options);
  const marks = await pictures.checkMarks({ file: resolve(file), key }, { signal });
  if (isJson) return terminal.out(JSON.stringify(marks, null, 2));
  for (const line of linesOf(marks)) terminal.out(printable(line));
}

function linesOf({ digitalSourceType, isResult, manifest, watermark }: CheckedMarks): string[] {
  const { isFound, falseAlarm, box } = watermark;
  const by = isResult ? ", written by learnable-regions-bot" : "";
  return [
    digitalSourceType === null
      ? "Its file does not say how it came about."
      : `Its file says that it is ${digitalSourceType}${by}.`,
    manifestLine(manifest),
    isFound && box
      ? `It carries the invisible mark, around ${box.left},${box.top},${box.width},${box.height}: by chance at most once in ${Math.floor(Math.min(1e15, 1 / falseAlarm))} pictures.`
      : "The invisible mark was not found.",
  ];
}

function manifestLine(manifest: CheckedMarks["manifest"]): string {
  if (manifest === null) return "It has no C2PA manifest.";
  const { where, state, generator } = manifest;
  if (where === "linked") return "It names a C2PA manifest that lies elsewhere, which was not fetched.";
  if (where === "earlier") return "What it was made from had a C2PA manifest.";
  if (state === null) return "It has a C2PA manifest that cannot be read.";
  const by = generator === null ? "" : ` by ${generator}`;
  return state === "Invalid"
    ? `It has a C2PA manifest${by} that does not fit the picture or is not signed well.`
    : `It has a C2PA manifest${by} that fits the picture; who signed it was not looked up.`;
}
