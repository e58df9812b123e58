import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { AdapterServices, ChatPlatform } from "../bots/chat.ts";
import type { CommandSpec } from "../bots/commands/command-spec.ts";
import type { WebParts } from "../bots/web/web.ts";
import type { Terminal } from "../cli/terminal.ts";
import type { WebConfig } from "../config.ts";
import { packageFolder } from "../package-folder.ts";
import { readVersion } from "./version.ts";

/** Loads what makes the page: its adapter serves it too. Where it is, and what opens the operator's view, is printed. */
export async function webMaker(
  settings: WebConfig,
  specs: readonly CommandSpec[],
  terminal: Terminal,
): Promise<(services: AdapterServices, parts: WebParts) => ChatPlatform> {
  const { createWeb } = await import("../bots/web/web.ts");
  return (services, parts) =>
    createWeb({
      ...{ settings, parts, services, specs },
      examples: readExamples(join(packageFolder, "examples")),
      version: readVersion(),
      pageFolder: join(packageFolder, "dist", "page"),
      onListening({ url, operatorToken }) {
        terminal.say(`The page: ${url}`);
        terminal.say(`The operator's view, for whoever runs this alone: ${url}/#operator=${operatorToken}`);
      },
    });
}

const examplesSchema = z.array(z.object({ picture: z.string(), prompt: z.string() }));

function readExamples(folder: string) {
  const listed = examplesSchema.parse(JSON.parse(readFileSync(join(folder, "demo.json"), "utf8")));
  return listed.map(({ picture, prompt }) => ({ name: picture, prompt, file: join(folder, picture) }));
}
