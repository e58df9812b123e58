import { join } from "node:path";
import { expect, it } from "vitest";
import type { Frame, Inpainter, PaintOptions } from "../../../../src/pipeline/inpainters/inpainter.ts";
import type { RemotePatience } from "../../../../src/pipeline/inpainters/remote/patience.ts";
import type { RemoteServer } from "../../../../src/types.ts";
import type { Fault } from "../../../fakes/painting-server/faults.ts";

// For tests of inpainters that paint at a server.

/** Workflows that ship. */
export const workflows = join(import.meta.dirname, "../../../../models/workflows");

/** The one for inpainting checkpoints. */
export const workflowFile = join(workflows, "inpaint.json");

/** As `standardPatience`, at a thousandth of its time and more. */
export const hurry: RemotePatience = {
  pauses: [5, 20, 50, 100],
  firstRequestRetries: 4,
  poll: 2,
  answer: 2000,
  look: 1000,
  lost: 200,
  stop: 500,
};

/** For `vi.waitFor`, on a machine that does other things too. */
export const soon = { timeout: 20_000, interval: 2 };

export function serverAt(kind: string, url: string, change: Partial<RemoteServer> = {}): RemoteServer {
  const name = `${kind}:0`;
  return { name, kind, url, authorization: null, timeoutSeconds: 10, workflow: null, workflows, ...change };
}

/** A grey slope of 64 x 64 with a box in its middle. */
export const slope: Frame = {
  width: 64,
  height: 64,
  rgb: Uint8Array.from({ length: 64 * 64 * 3 }, (_, index) => 40 + 2 * (Math.floor(index / 3) % 64)),
  box: { left: 16, top: 16, width: 32, height: 32 },
  key: "slope",
};

export const request = { prompt: "a red fox", negative: "", guidance: 3, strength: 1, seed: 7 };

/** Paints the slope alone, in a painting of its own; gives its pixels. */
export async function paintSlope(
  inpainter: Inpainter,
  options: Partial<PaintOptions> = {},
): Promise<Uint8Array> {
  await using painting = await inpainter.begin(request, options.signal);
  const [rgb] = await painting.paint([slope], { steps: 4, ...options });
  return rgb ?? new Uint8Array();
}

/** Rows and columns of the slope whose pixels are not what they were. */
export function changesOf(rgb: Uint8Array): { inside: number; outside: number } {
  const { box, width } = slope;
  const counts = { inside: 0, outside: 0 };
  for (const [index, value] of rgb.entries()) {
    if (Math.abs(value - (slope.rgb[index] ?? 0)) <= 2) continue;
    const [x, y] = [Math.floor(index / 3) % width, Math.floor(index / 3 / width)];
    const isInside = x >= box.left && x < box.left + box.width && y >= box.top && y < box.top + box.height;
    counts[isInside ? "inside" : "outside"]++;
  }
  return counts;
}

/** What painting the slope fails with. */
export async function failureOf(
  inpainter: Inpainter,
  options: Parameters<typeof paintSlope>[1] = {},
): Promise<Error> {
  return paintSlope(inpainter, options).then(
    () => {
      throw new Error("Expected a failure, got a picture.");
    },
    (error: Error) => error,
  );
}

/** A fake server of either kind, as far as its restarts go. */
interface Restarting {
  readonly settings: { onStep: (step: number) => void | Promise<void> };
  readonly painted: readonly unknown[];
  /** Down for so many milliseconds. */
  restart(milliseconds: number): Promise<void>;
  stop(): Promise<void>;
  misbehave(fault: Fault): void;
}

/** The tests of both kinds of servers that start again. */
export function itOutlivesRestarts(scene: {
  readonly fake: () => Restarting;
  readonly open: (change?: Partial<RemoteServer>, patience?: Partial<RemotePatience>) => Inpainter;
}): void {
  it("paints the same after the server started again in the middle of a painting", async () => {
    const { open } = scene;
    const fake = scene.fake();
    const expected = await paintSlope(open());
    let starts = 0;
    fake.settings.onStep = async (step) => {
      if (step === 3 && starts++ === 0) await fake.restart(30);
    };
    expect(await paintSlope(open())).toEqual(expected);
    expect(starts).toBeGreaterThan(1);
  });

  it("begins once a server that is starting is there", async () => {
    const { open } = scene;
    const fake = scene.fake();
    const starting = fake.restart(40);
    await paintSlope(open());
    await starting;
    expect(fake.painted).toHaveLength(1);
  });

  // A pause that no test lives to see the end of.
  const pauses = [1, 1, 1, 1e9];

  it("gives up a server that nobody listens at when a job begins, long before it would in the middle of one", async () => {
    const { open } = scene;
    await scene.fake().stop();
    const failure = await failureOf(open({ timeoutSeconds: 1e7 }, { pauses, firstRequestRetries: 2 }));
    expect(failure).toMatchObject({ code: "inpainter-unreachable" });
    expect(failure.message).toContain("ECONNREFUSED");
  });

  it("does not give up so soon a server that it has spoken to for the job", async () => {
    const { open } = scene;
    const fake = scene.fake();
    await using painting = await open(
      {},
      { pauses: [1, 1, 1, 1, 1, 500, 500], firstRequestRetries: 1 },
    ).begin(request);
    const starting = fake.restart(100);
    await painting.paint([slope], { steps: 4 });
    await starting;
    expect(fake.painted).toHaveLength(1);
  });

  it("has patience with a server that answers when a job begins, but is not ready", async () => {
    const { open } = scene;
    const fake = scene.fake();
    fake.misbehave({ request: /progress|object_info/, times: 3, does: { kind: "answer", status: 503 } });
    await paintSlope(open({}, { pauses: [1, 1, 1], firstRequestRetries: 1 }));
    expect(fake.painted).toHaveLength(1);
  });
}
