import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type GoldensSummary, runGoldens } from "../../src/goldens/run.ts";
import { emptyFolder, runLrbot, temporaryFolder } from "../cli/lrbot.ts";

const recorded = join(import.meta.dirname, "../fixtures/goldens");
const folder = temporaryFolder();
afterAll(() => rmSync(folder, { recursive: true }));

interface Run extends GoldensSummary {
  readonly lines: readonly string[];
}

async function run(cases: string): Promise<Run> {
  const lines: string[] = [];
  const summary = await runGoldens(cases, { log: (line) => lines.push(line) });
  return { ...summary, lines };
}

/** A folder with copies of recorded cases that a test may change. */
function copied(name: string, ...cases: string[]): string {
  const home = emptyFolder(folder, name);
  for (const one of cases) cpSync(join(recorded, one), join(home, one), { recursive: true });
  return home;
}

/** Adds to the first number of a recorded tensor. */
function alter(caseFolder: string, tensor: string, by: number): void {
  const file = join(caseFolder, "io.safetensors");
  const bytes = readFileSync(file);
  const length = Number(bytes.readBigUInt64LE());
  const header: Record<string, { data_offsets: [number, number]; dtype: string }> = JSON.parse(
    bytes.toString("utf8", 8, 8 + length),
  );
  const entry = header[tensor];
  if (entry === undefined) throw new Error(`Expected ${tensor} in ${file}, got none.`);
  const at = 8 + length + entry.data_offsets[0];
  if (entry.dtype === "I64") bytes.writeBigInt64LE(bytes.readBigInt64LE(at) + BigInt(by), at);
  else bytes.writeFloatLE(bytes.readFloatLE(at) + by, at);
  writeFileSync(file, bytes);
}

function rewriteHeader(file: string, change: (header: string) => string): void {
  const bytes = readFileSync(file);
  const length = Number(bytes.readBigUInt64LE());
  const header = Buffer.from(change(JSON.stringify(JSON.parse(bytes.toString("utf8", 8, 8 + length)))));
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(BigInt(header.length));
  writeFileSync(file, Buffer.concat([size, header, bytes.subarray(8 + length)]));
}

function editCase(caseFolder: string, change: (described: Record<string, unknown>) => void): void {
  const file = join(caseFolder, "case.json");
  const described: Record<string, unknown> = JSON.parse(readFileSync(file, "utf8"));
  change(described);
  writeFileSync(file, JSON.stringify(described));
}

describe("the cases that ship with the project", () => {
  let all: Run;
  beforeAll(async () => {
    all = await run(recorded);
  });

  it("all pass, and every kind is built", () => {
    expect(all.lines.filter((line) => / fail(:|$)/.test(line))).toEqual([]);
    expect(all).toMatchObject({ passed: 23, failed: 0, unsupported: 0 });
  });

  it("end in one line that counts them", () => {
    expect(all.lines.at(-1)).toBe("23 passed, 0 failed, 0 unsupported");
  });

  it("of what was recorded later all pass", async () => {
    const later = join(recorded, "../more-goldens");
    const cases = readdirSync(later, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    const { lines } = await run(later);
    expect(lines.at(-1)).toBe(`${cases.length} passed, 0 failed, 0 unsupported`);
    for (const name of ["unipc", "deis", "heun", "lms", "ddpm", "tcd"]) {
      expect(lines.join("\n")).toMatch(new RegExp(`${name}\\.trajectory.* pass$`, "m"));
    }
  });

  it("each have a line for every output, with its error, what it is held to, and pass", () => {
    const folders = readdirSync(recorded, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    for (const { name } of folders) {
      if (name === "amused") continue;
      const { outputs }: { outputs: object } = JSON.parse(
        readFileSync(join(recorded, name, "case.json"), "utf8"),
      );
      for (const output of Object.keys(outputs)) {
        const start = `${name} ${output.replace(/^out\./, "")} `;
        const lines = all.lines.filter((line) => line.startsWith(start));
        expect(lines, start).toHaveLength(1);
        expect(lines[0]).toMatch(/ (\d+|\d\.\de[+-]\d+) \(.+\) pass$/);
      }
    }
  });
});

describe("a case that was altered", () => {
  it.each([
    ["roi", "out.align", 0.01],
    ["unet-lcm", "out.wide.sample", 0.01],
    ["tae", "out.square.sample", 0.01],
    ["schedulers", "out.pndm.trajectory", 0.1],
    ["schedulers", "out.lcm.timesteps", 1],
    ["clip-tokenizer", "out.padded", 1],
    ["pipeline-sd15-blend", "out.partial.latents", 0.1],
    ["image-processing", "out.clip_small.pixel_values", 10],
    ["flow-match", "out.klein_wide.sigmas", 0.01],
    ["flux2", "out.transformer_blocks.1.text", 0.1],
    ["flux2", "out.single_transformer_blocks.0.states", 0.1],
  ])("fails, and case and output are named: %s %s", async (name, tensor, by) => {
    const home = copied(`${name} ${tensor}`, name);
    alter(join(home, name), tensor, by);
    const { lines, ...summary } = await run(home);
    expect(summary).toEqual({ passed: 0, failed: 1, unsupported: 0 });
    const failing = lines.filter((line) => line.endsWith(" fail"));
    expect(failing).toHaveLength(1);
    expect(failing[0]).toContain(`${name} ${tensor.slice("out.".length)} `);
  });

  it("in an input fails too: what is computed hangs on it", async () => {
    const home = copied("input", "roi");
    alter(join(home, "roi"), "in.features", 5);
    expect(await run(home)).toMatchObject({ failed: 1 });
  });

  it("in one text's ids is named with the text", async () => {
    const home = copied("texts", "clip-tokenizer");
    const file = join(home, "clip-tokenizer/cases.json");
    const cases = JSON.parse(readFileSync(file, "utf8"));
    cases.cases[5].ids[1]++;
    writeFileSync(file, JSON.stringify(cases));
    const { lines, failed } = await run(home);
    expect(failed).toBe(1);
    const failing = lines.find((line) => line.endsWith(" fail"));
    expect(failing).toMatch(/^clip-tokenizer ids 1 /);
    expect(failing).toContain(JSON.stringify(cases.cases[5].text));
  });

  it("does not stop the cases after it", async () => {
    const home = copied("first of two", "dino", "roi");
    alter(join(home, "dino"), "out.native.last_hidden_state", 1);
    expect(await run(home)).toMatchObject({ passed: 1, failed: 1, unsupported: 0 });
  });
});

describe("a folder of cases", () => {
  it("with a kind that nobody has built says so in one line, and fails nothing", async () => {
    const home = copied("unknown", "roi");
    editCase(join(home, "roi"), (described) => {
      described.name = "holograms";
    });
    const { lines, ...summary } = await run(home);
    expect(lines).toEqual(["holograms unsupported", "0 passed, 0 failed, 1 unsupported"]);
    expect(summary).toEqual({ passed: 0, failed: 0, unsupported: 1 });
  });

  it("with a case that lists no outputs, an unreadable one or an empty folder fails those, with the reason", async () => {
    const home = copied("damaged", "roi", "dino", "clip");
    editCase(join(home, "roi"), (described) => {
      described.outputs = {};
    });
    writeFileSync(join(home, "dino/case.json"), "{");
    rmSync(join(home, "clip/io.safetensors"));
    mkdirSync(join(home, "nothing"));
    const { lines, ...summary } = await run(home);
    expect(summary).toEqual({ passed: 0, failed: 4, unsupported: 0 });
    expect(lines).toHaveLength(5);
    for (const name of ["clip", "dino", "nothing", "roi"]) {
      const [line] = lines.filter((one) => one.startsWith(`${name} fail: `));
      expect(line, name).toBeDefined();
      expect(line).not.toContain("\n");
    }
  });

  it.each([
    ["is not computed", "out.align", "out.aligm", "was not computed"],
    ["has another shape", "[9,4,7,7]", "[9,4,49,1]", "[9,4,7,7]"],
  ])("with a recorded output that %s fails that output", async (what, before, after, told) => {
    const home = copied(what, "roi");
    const replaced = (text: string) => text.replaceAll(before, after);
    const described = JSON.parse(replaced(readFileSync(join(home, "roi/case.json"), "utf8")));
    writeFileSync(join(home, "roi/case.json"), JSON.stringify(described));
    rewriteHeader(join(home, "roi/io.safetensors"), (header) => replaced(header));
    const { lines, failed } = await run(home);
    expect(failed).toBe(1);
    const failing = lines.filter((line) => line.endsWith(" fail"));
    expect(failing.length).toBeGreaterThan(0);
    for (const line of failing) expect(line).toContain(told);
  });

  it("that is not there, or holds no case, is wrong usage", async () => {
    for (const absent of [join(folder, "absent"), emptyFolder(folder, "empty")]) {
      await expect(run(absent)).rejects.toMatchObject({
        code: "usage",
        message: expect.stringMatching(/^Expected a folder of golden cases, got /),
      });
    }
  });
});

describe("lrbot goldens", () => {
  it("prints the lines and ends with status 0 where all pass, 1 where one fails, 2 where there are none", async () => {
    const good = copied("good", "roi");
    const bad = copied("bad", "roi");
    alter(join(bad, "roi"), "out.max_pool", 1);
    const passed = await runLrbot(["goldens", good], { folder });
    expect(passed).toMatchObject({ status: 0, stderr: "" });
    expect(passed.stdout).toMatch(
      /^roi max_pool .* pass\nroi align .* pass\n1 passed, 0 failed, 0 unsupported\n$/,
    );
    const failed = await runLrbot(["goldens", bad], { folder });
    expect(failed.status).toBe(1);
    expect(failed.stdout).toMatch(
      /^roi max_pool .* fail\nroi align .* pass\n0 passed, 1 failed, 0 unsupported\n$/,
    );
    const absent = await runLrbot(["goldens", join(folder, "absent")], { folder });
    expect(absent.status).toBe(2);
    expect(absent.stderr).toMatch(/^error usage: Expected .*, got .*\n$/);
  });

  it("keeps CUDA from computing 32-bit floats in TF32, unless that is asked for or the floats have 16 bits", async () => {
    const cases = copied("floats", "roi");
    const seen = join(folder, "seen.txt");
    // Each process of ours notes it as it starts: the command's own first, then the one that computes.
    const note =
      "--import=data:text/javascript,import{appendFileSync}from'node:fs';" +
      `appendFileSync('${seen}',process.env.NVIDIA_TF32_OVERRIDE+String.fromCharCode(10))`;
    const valueIn = async (words: readonly string[], environment = {}) => {
      rmSync(seen, { force: true });
      const ended = await runLrbot(["goldens", cases, ...words], {
        folder,
        environment: { NODE_OPTIONS: note, ...environment },
      });
      expect(ended.status).toBe(0);
      return readFileSync(seen, "utf8").trim().split("\n").at(-1);
    };
    expect(await valueIn([])).toBe("0");
    expect(await valueIn([], { NVIDIA_TF32_OVERRIDE: "1" })).toBe("1");
    expect(await valueIn(["--floats", "float16"])).toBe("undefined");
  });
});
