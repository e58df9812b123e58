import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Contender, contenders, type NetworkName } from "./nets-contenders.ts";
import { startTorch, type Torch, type TorchForm } from "./nets-torch.ts";
import { writeNetwork, writeTensors } from "./nets-weights.ts";

/** A line of the table of `nets.ts`. */
export interface Row {
  readonly name: string;
  readonly network: NetworkName;
  readonly batch: number;
}

export interface RowOptions {
  readonly threads: number;
  readonly device: string;
  readonly hasTorch: boolean;
  /** As `TorchOptions.answerSeconds`. */
  readonly answerSeconds?: number;
  log(line: string): void;
}

/** A network's files, and the processes of PyTorch that have it open. Disposing of it ends them and deletes the files. */
export interface Prepared extends AsyncDisposable {
  readonly row: Row;
  readonly contender: Contender;
  /** Holds `config.json` and the weights: in 32-bit floats for the CPU, in 16 for a card. */
  readonly folder: string;
  /** Those that were ready in time; on a card as it runs by itself, and compiled. */
  readonly torches: readonly Torch[];
}

/** @throws Error where PyTorch fails on the CPU; on a card a form that fails is told and left out. */
export async function prepareRow(row: Row, options: RowOptions): Promise<Prepared> {
  const { threads, device, hasTorch, answerSeconds, log } = options;
  const contender = contenders[row.network](row.batch);
  const folder = mkdtempSync(join(tmpdir(), "lrbot-nets-"));
  const isCard = device !== "cpu";
  const torches: Torch[] = [];
  const dispose = async () => {
    for (const torch of torches) await torch[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const { layout } = contender;
    const file = isCard ? layout.file.replace(".safetensors", ".fp16.safetensors") : layout.file;
    writeNetwork({ ...layout, file }, folder, isCard ? "F16" : "F32");
    const inputs = join(folder, "inputs.safetensors");
    writeTensors(inputs, contender.inputs);
    const forms: readonly TorchForm[] = isCard ? ["eager", "compiled"] : ["eager"];
    const start = async (form: TorchForm) => {
      const where = { network: row.network, weights: join(folder, file), inputs, folder, device };
      const answerIn = answerSeconds === undefined ? {} : { answerSeconds };
      return startTorch({ ...where, threads, form, ...answerIn }).catch((error: unknown) => {
        if (!isCard) throw error;
        log(`${row.name}: PyTorch, ${form}, is left out: ${error}`);
        return null;
      });
    };
    const started = await Promise.all(hasTorch ? forms.map(start) : []);
    torches.push(...started.filter((torch) => torch !== null));
    return { row, contender, folder, torches, [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}
