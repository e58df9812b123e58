import type { Command } from "commander";
import type { WorkerSettings } from "../../service/run-worker.ts";
import type { CommandContext } from "../context.ts";
import { numberOf } from "../option-values.ts";
import { withPullOptions } from "./packs-pull.ts";

/** `lrbot worker`: lends this machine's devices to bots. */
export function addWorker(program: Command, context: CommandContext): void {
  withPullOptions(
    program
      .command("worker")
      .summary("lend this machine's devices to bots on other machines")
      .description(
        "Takes edits that bots on other machines put into Redis, makes them on this machine's devices, and hands the " +
          "pictures back by the file store. The first SIGTERM or Ctrl-C lets what runs finish and takes no new work; the second " +
          "one, or the end of the grace period, gives what runs back for another machine to do.",
      )
      .helpOption("-h, --help", "say this")
      .option(
        "--redis <address>",
        "redis:// or rediss:// address; default LRBOT_FLEET_REDIS, which nobody sees in a list of processes",
      )
      .option("--files <address>", "file:///folder or s3://bucket/prefix; default LRBOT_FLEET_FILES")
      .option("--name <host>", "this machine's name in the fleet; default its host name")
      .option("--packs <names>", "packs to offer, separated by commas; default LRBOT_PACK")
      .option(
        "--pull",
        "fetch packs that are not here; a licence has to be accepted before, or by --accept-licence",
      )
      .option(
        "--grace <seconds>",
        "how long what runs may go on after the first signal",
        numberOf("--grace"),
        600,
      )
      .option("--health", "serve /healthz and /readyz at LRBOT_HOST and LRBOT_PORT"),
  )
    .addHelpText(
      "after",
      "\nExample:\n  $ lrbot worker --redis rediss://gpu1:secret@redis.example.org --files s3://pictures/lrbot --packs sd15-inpaint --pull",
    )
    .action(async (options: WorkerSettings) => {
      const { runWorker } = await import("../../service/run-worker.ts");
      await runWorker(options, context);
    });
}
