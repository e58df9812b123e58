import { resolve } from "node:path";
import { type Command, Option } from "commander";
import { checkGoldens } from "../../pipeline/workers/goldens/client.ts";
import type { CommandContext } from "../context.ts";

/**
 * CUDA's libraries would compute 32-bit floats in TF32, which keeps ten bits of each factor. ONNX Runtime's provider has
 * an option against it, `use_tf32`, that onnxruntime-node 1.30 does not pass on: of a `cuda` entry it reads `deviceId`
 * alone (js/node/src/session_options_helper.cc). So NVIDIA's own variable says it, unless the operator has set it.
 */
const trueFloats = { NVIDIA_TF32_OVERRIDE: "0" };

/** `lrbot goldens`: the project's networks against recorded reference data. */
export function addGoldens(program: Command, context: CommandContext): void {
  program
    .command("goldens <folder>")
    .summary("check the networks against recorded reference data")
    .description(
      "Runs every case of a folder of reference data through the project's networks, samplers, tokenizer and " +
        "pipelines, and prints case, output, error and pass or fail. Exit status 1 when one fails.",
    )
    .helpOption("-h, --help", "say this")
    .option("--device <name>", "where the networks run: cpu, cuda:N or webgpu", "cpu")
    .addOption(
      new Option("--floats <name>", "what the networks compute in")
        .choices(["float32", "float16"])
        .default("float32"),
    )
    .addHelpText("after", "\nExample:\n  $ lrbot goldens test/fixtures/goldens")
    .action(async (folder: string, { device, floats }: GoldensCommandOptions) => {
      const { environment, ...rest } = context.childOptions();
      const { failed } = await checkGoldens(
        { folder: resolve(folder), device, floats },
        {
          ...rest,
          environment: { ...(floats === "float32" ? trueFloats : {}), ...environment },
          onLine: context.terminal.out,
        },
      );
      context.setStatus(failed > 0 ? 1 : 0);
    });
}

interface GoldensCommandOptions {
  readonly device: string;
  readonly floats: "float32" | "float16";
}
