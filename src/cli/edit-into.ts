import { join, relative } from "node:path";
import { throwIfCancelled } from "../errors.ts";
import type { EditResult } from "../types.ts";
import type { CommandContext } from "./context.ts";
import type { EditOrder, Editor } from "./editor.ts";
import type { OutputFolder } from "./output-folder.ts";
import { createProgressView } from "./progress-view.ts";

/**
 * Has an edit made, shows how it comes along, and puts its files into their place.
 * @throws EditError every code of the pipeline, the worker and `OutputFolder.publish`; `cancelled`
 */
export async function editInto(
  output: OutputFolder,
  order: Pick<EditOrder, "request" | "pack">,
  parts: Pick<CommandContext, "terminal" | "interrupt" | "clocks"> & {
    readonly editor: Editor;
    readonly quiet: boolean;
  },
): Promise<EditResult> {
  const { terminal, interrupt, clocks, editor, quiet } = parts;
  const begun = clocks.monotonic();
  const firstLine = (file: string) => {
    const seconds = (clocks.monotonic() - begun) / 1000;
    const path = relative(process.cwd(), join(output.scratch, file));
    return `first result after ${seconds.toFixed(1)} s: ${path} (there until the others are painted)`;
  };
  const view = createProgressView(terminal, { quiet, firstLine });
  try {
    const { result } = await editor.edit({ ...order, folder: output.scratch, onProgress: view.show });
    throwIfCancelled(interrupt.signal);
    output.publish(result);
    return result;
  } finally {
    view.end();
  }
}
