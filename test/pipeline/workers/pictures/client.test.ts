import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readPicture, sha256OfPicture, writeResultPng } from "../../../../src/pipeline/image/image.ts";
import { resultXmp } from "../../../../src/pipeline/image/xmp.ts";
import { readManifest } from "../../../../src/pipeline/marks/c2pa/read.ts";
import { createPictureWorker } from "../../../../src/pipeline/workers/pictures/client.ts";
import { usageOf } from "../../../../src/pipeline/workers/usage.ts";
import {
  flatRgb,
  gradient,
  noisyPicture,
  plainImprint,
  rawRgb,
  refusal,
  temporaryFolder,
} from "../../image/pictures.ts";
import { filesOf, removeKeys } from "../../marks/signed.ts";

afterAll(removeKeys);

const { path, put } = temporaryFolder();
const logged: string[] = [];
const environment = { PATH: String(process.env.PATH) };
const log = (_: string, text: string) => void logged.push(text);
const pictureWorker = createPictureWorker({ environment, log });
afterAll(() => pictureWorker[Symbol.asyncDispose]());

const signal = new AbortController().signal;

async function result(name: string, width: number, height: number, alpha = false): Promise<string> {
  await writeResultPng(path(name), noisyPicture(width, height, 7, alpha), plainImprint);
  return path(name);
}

/** Resolves once the process has an order to work on. */
async function running(room = pictureWorker): Promise<number> {
  while (room.pid === undefined) await new Promise((resolve) => setTimeout(resolve, 5));
  return room.pid;
}

describe("the picture worker inspects", () => {
  it("pictures: their upright size, and the sha256 that edit.json will state", async () => {
    const photo = put(
      "photo.jpg",
      await rawRgb(flatRgb(60, 40, [9, 99, 199]))
        .withMetadata({ orientation: 6 })
        .jpeg()
        .toBuffer(),
    );
    expect(await pictureWorker.inspect(photo, { signal })).toEqual({
      width: 40,
      height: 60,
      sha256: sha256OfPicture(await readPicture(photo)),
    });
  });

  it("what is none, or damaged, with the pipeline's codes", async () => {
    const png = readFileSync(await result("whole.png", 64, 64));
    await refusal(pictureWorker.inspect(put("text.png", "hello"), { signal }), "picture-not-a-picture");
    await refusal(
      pictureWorker.inspect(put("cut.png", png.subarray(0, 5000)), { signal }),
      "picture-corrupt",
    );
    await refusal(pictureWorker.inspect(path("nowhere.png"), { signal }), "picture-not-found");
    await refusal(pictureWorker.inspect(await result("small.png", 20, 64), { signal }), "picture-too-small");
  });
});

describe("the picture worker copies what a member sent", () => {
  it("as an upright JPEG without metadata, within pixels a side, and says how large the picture is", async () => {
    const photo = put(
      "sent.jpg",
      await rawRgb(flatRgb(60, 40, [9, 99, 199]))
        .withExif({ IFD0: { Copyright: "somebody" } })
        .withMetadata({ orientation: 6 })
        .jpeg()
        .toBuffer(),
    );
    const copied = await pictureWorker.copy({ file: photo, out: path("copy.jpg"), maxSide: 30 }, { signal });
    expect(copied).toEqual({ file: path("copy.jpg"), width: 40, height: 60 });
    const { format, width, height, exif, xmp } = await sharp(path("copy.jpg")).metadata();
    expect({ format, width, height, exif, xmp }).toEqual({ format: "jpeg", width: 20, height: 30 });
  });

  it("with what it says of how it came about, and nothing else of its XMP", async () => {
    const type = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia";
    const said = `<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description xmlns:e="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" e:DigitalSourceType="${type}" e:Event="secret"/></rdf:RDF></x:xmpmeta>`;
    const file = put("generated.jpg", await rawRgb(gradient(60, 40)).withXmp(said).jpeg().toBuffer());
    await pictureWorker.copy({ file, out: path("copy.jpg"), maxSide: 30 }, { signal });
    const { xmpAsString } = await sharp(path("copy.jpg")).metadata();
    expect(xmpAsString).toContain(`<Iptc4xmpExt:DigitalSourceType>${type}<`);
    expect(xmpAsString).not.toContain("secret");
  });

  it("not at all where it is none", async () => {
    const file = put("page.png", "<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>");
    const order = { file, out: path("none.jpg"), maxSide: 30 };
    await refusal(pictureWorker.copy(order, { signal }), "picture-format-unsupported");
    expect(existsSync(order.out)).toBe(false);
  });
});

describe("the picture worker makes a result fit", () => {
  const order = async (maxBytes: number, maxSide: number | null = null) => ({
    file: await result("noise.png", 400, 300),
    maxBytes,
    maxSide,
    out: path("fitted"),
  });

  it("by leaving the PNG alone where it fits", async () => {
    const { file, ...rest } = await order(1_000_000);
    const bytes = statSync(file).size;
    expect(await pictureWorker.fit({ file, ...rest, maxBytes: bytes }, { signal })).toEqual({
      file,
      format: "png",
      width: 400,
      height: 300,
      bytes,
      isOriginal: true,
      isScaled: false,
    });
    expect(existsSync(path("fitted.jpg"))).toBe(false);
  });

  it("as a JPEG of the same size, as good as the limit allows", async () => {
    const { file } = await order(1);
    const bytes = statSync(file).size;
    const fine = await pictureWorker.fit(await order(bytes - 1), { signal });
    const coarse = await pictureWorker.fit(await order(fine.bytes - 1), { signal });
    for (const fitted of [fine, coarse]) {
      expect(fitted).toMatchObject({
        format: "jpeg",
        width: 400,
        height: 300,
        isOriginal: false,
        isScaled: false,
      });
    }
    expect(coarse.bytes).toBeLessThan(fine.bytes);
    expect(coarse.file).toBe(path("fitted.jpg"));
    const metadata = await sharp(coarse.file).metadata();
    expect(metadata).toMatchObject({ format: "jpeg", width: 400, chromaSubsampling: "4:4:4" });
    expect(metadata.xmpAsString).toContain("compositeWithTrainedAlgorithmicMedia");
    expect(metadata.exif).toBeUndefined();
    expect(statSync(coarse.file).size).toBe(coarse.bytes);
  });

  it("with what the result says of how it came about", async () => {
    const input = { digitalSourceType: "trainedAlgorithmicMedia", manifest: "embedded" } as const;
    const xmp = resultXmp({ digitalSourceType: "trainedAlgorithmicMedia", input });
    await writeResultPng(path("generated.png"), noisyPicture(400, 300, 7), { xmp, seal: null });
    const small = { maxBytes: 20_000, maxSide: null, out: path("generated-fitted") };
    const fitted = await pictureWorker.fit({ file: path("generated.png"), ...small }, { signal });
    expect((await sharp(fitted.file).metadata()).xmpAsString).toBe(xmp);
  });

  it("signed, where a key is set, within the limit", async () => {
    await using room = createPictureWorker({
      environment,
      log,
      marks: { signing: filesOf("es256"), watermark: null },
    });
    const fitted = await room.fit(await order(50_000), { signal });
    expect(fitted.bytes).toBeLessThanOrEqual(50_000);
    const report = await readManifest("JPEG", readFileSync(fitted.file));
    expect(report).toMatchObject({ state: "Valid", generator: "learnable-regions-bot" });
    const wrong = { ...filesOf("es256"), keyFile: path("nowhere.key") };
    await using other = createPictureWorker({ environment, log, marks: { signing: wrong, watermark: null } });
    await refusal(other.fit(await order(50_000), { signal }), "signing-invalid");
  });

  it.each([50_000, 20_000, 5000, 1500])(
    "scaled down where %i bytes need it, and says so",
    async (maxBytes) => {
      const fitted = await pictureWorker.fit(await order(maxBytes), { signal });
      expect(fitted).toMatchObject({ format: "jpeg", isScaled: true });
      expect(fitted.bytes).toBeLessThanOrEqual(maxBytes);
      expect(fitted.bytes).toBeGreaterThan(maxBytes / 3);
      expect(fitted.width / fitted.height).toBeCloseTo(4 / 3, 1);
      expect(await sharp(fitted.file).metadata()).toMatchObject({
        width: fitted.width,
        height: fitted.height,
      });
    },
  );

  it("within pixels a side", async () => {
    const fitted = await pictureWorker.fit(await order(1_000_000, 200), { signal });
    expect(fitted).toMatchObject({ format: "jpeg", width: 200, height: 150, isScaled: true });
    const preview = await pictureWorker.preview(
      { file: put("wide.png", await rawRgb(gradient(2100, 700)).png().toBuffer()), out: path("preview") },
      { signal },
    );
    expect(preview).toMatchObject({ format: "jpeg", width: 2048, isScaled: true });
    expect(preview.bytes).toBeLessThanOrEqual(1_000_000);
  });

  it("on white where it is transparent", async () => {
    const clear = { ...flatRgb(64, 64, [200, 0, 0]), alpha: new Uint8Array(64 * 64) };
    await writeResultPng(path("clear.png"), clear, plainImprint);
    const fitted = await pictureWorker.fit(
      { file: path("clear.png"), maxBytes: 1e6, maxSide: 32, out: path("clear") },
      { signal },
    );
    const { data } = await sharp(fitted.file).raw().toBuffer({ resolveWithObject: true });
    expect(Math.min(...data)).toBeGreaterThan(250);
  });

  it("not at all where a limit leaves nothing to see, or its folder is missing", async () => {
    await refusal(pictureWorker.fit(await order(100), { signal }), "picture-too-large");
    const nowhere = { ...(await order(20_000)), out: path("nowhere/fitted") };
    await refusal(pictureWorker.fit(nowhere, { signal }), "output-unwritable");
    expect(readdirSync(path(".")).filter((name) => name.endsWith(".partial"))).toEqual([]);
  });
});

describe("the picture worker's process", () => {
  it("works on many orders and answers each with its own", async () => {
    const { pid } = pictureWorker;
    const sizes = Array.from({ length: 12 }, (_, index) => 40 + index);
    const files = await Promise.all(sizes.map((side) => result(`side-${side}.png`, side, 50)));
    const found = await Promise.all(files.map((file) => pictureWorker.inspect(file, { signal })));
    expect(found.map(({ width }) => width)).toEqual(sizes);
    expect(pictureWorker.pid).toBe(pid);
  });

  it("is started at the first order, and anew after its death", async () => {
    await using room = createPictureWorker({ environment, log });
    expect(room.pid).toBeUndefined();
    const file = await result("first.png", 50, 50);
    await room.inspect(file, { signal });
    const first = await running(room);
    process.kill(first, "SIGKILL");
    while (room.pid !== undefined) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(await room.inspect(file, { signal })).toMatchObject({ width: 50 });
    expect(room.pid).not.toBe(first);
  });

  it("ends when it has been idle, and comes back when it is needed", async () => {
    await using room = createPictureWorker({ environment, log, idleMilliseconds: 50 });
    const file = await result("idle.png", 50, 50);
    await room.inspect(file, { signal });
    while (room.pid !== undefined) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(await room.inspect(file, { signal })).toMatchObject({ width: 50 });
  });

  it("that dies over one order fails it with a code", async () => {
    await using room = createPictureWorker({ environment, log });
    const inspected = room.inspect(await result("one.png", 50, 50), { signal });
    process.kill(await running(room), "SIGKILL");
    await refusal(inspected, "worker-died");
    expect(await room.inspect(path("one.png"), { signal })).toMatchObject({ width: 50 });
  });

  it("that dies fails the order at work alone; the others go to the next", async () => {
    await using room = createPictureWorker({ environment, log });
    const files = [
      await result("a.png", 50, 50),
      await result("b.png", 60, 50),
      await result("c.png", 70, 50),
    ];
    const inspected = files.map((file) => room.inspect(file, { signal }));
    process.kill(await running(room), "SIGKILL");
    await refusal(inspected[0] as Promise<unknown>, "worker-died");
    expect((await Promise.all(inspected.slice(1))).map(({ width }) => width)).toEqual([60, 70]);
  });

  it("that an interrupt meets before it listens works on with another", async () => {
    await using room = createPictureWorker({ environment, log });
    const inspected = room.inspect(await result("interrupted.png", 50, 50), { signal });
    process.kill(await running(room), "SIGINT");
    expect(await inspected).toMatchObject({ width: 50 });
  });

  it("that hangs fails the order that waited too long, and no other", async () => {
    await using room = createPictureWorker({ environment, log, deadlineMilliseconds: 5000 });
    const file = await result("hung.png", 50, 50);
    await room.inspect(file, { signal });
    process.kill(await running(room), "SIGSTOP");
    const hung = room.inspect(file, { signal });
    const next = room.inspect(file, { signal });
    await refusal(hung, "worker-hung");
    expect(await next).toMatchObject({ width: 50 });
  });

  it("lets go of an order that is cancelled, in line or at work", async () => {
    await using room = createPictureWorker({ environment, log });
    const file = await result("cancelled.png", 50, 50);
    const controllers = [new AbortController(), new AbortController()];
    const [atWork, inLine] = controllers.map((controller) =>
      room.inspect(file, { signal: controller.signal }),
    );
    const after = room.inspect(file, { signal });
    for (const controller of controllers) controller.abort();
    await refusal(atWork as Promise<unknown>, "cancelled");
    await refusal(inLine as Promise<unknown>, "cancelled");
    expect(await after).toMatchObject({ width: 50 });
    await refusal(room.inspect(file, { signal: AbortSignal.abort() }), "cancelled");
  });

  it("ends with its owner, who fails what is open", async () => {
    const room = createPictureWorker({ environment, log });
    const open = room.inspect(await result("open.png", 50, 50), { signal });
    const pid = await running(room);
    await Promise.all([refusal(open, "cancelled"), room[Symbol.asyncDispose]()]);
    expect(() => process.kill(pid, 0)).toThrow("ESRCH");
    await refusal(room.inspect(path("open.png"), { signal }), "cancelled");
  });
});

describe("the picture worker's turns", () => {
  /** Takes many times as long as a small one. */
  let slow: string;
  beforeAll(async () => {
    slow = put("slow.png", await rawRgb(gradient(3000, 2000)).png().toBuffer());
  });

  it("a second person's picture is next after the one at work, however many the first one sent", async () => {
    await using room = createPictureWorker({ environment, log });
    const files = [slow, await result("small.png", 50, 50)] as const;
    const done: string[] = [];
    const inspect = async (name: string, file: string, person: string) => {
      await room.inspect(file, { signal, person });
      done.push(name);
    };
    const first = inspect("alice 1", files[0], "alice");
    await running(room);
    const rest = [2, 3, 4].map((index) => inspect(`alice ${index}`, files[0], "alice"));
    await Promise.all([first, ...rest, inspect("bob", files[1], "bob")]);
    expect(done).toEqual(["alice 1", "bob", "alice 2", "alice 3", "alice 4"]);
  });

  it("copies for posting come before pictures that are new", async () => {
    await using room = createPictureWorker({ environment, log });
    const [large, small] = [slow, await result("posted.png", 400, 300)];
    const done: string[] = [];
    const told = (name: string) => () => void done.push(name);
    const first = room.inspect(large, { signal, person: "alice" }).then(told("alice 1"));
    await running(room);
    const order = { file: small, maxBytes: 20_000, maxSide: null, out: path("copy") };
    await Promise.all([
      first,
      room.inspect(large, { signal, person: "bob" }).then(told("bob")),
      room.fit(order, { signal, person: "alice" }).then(told("a copy for alice")),
    ]);
    expect(done).toEqual(["alice 1", "a copy for alice", "bob"]);
  });
});

/** Where the system tells what a process takes. */
const measured = usageOf(process.pid) !== null;

describe.runIf(measured)("the picture worker's budget", () => {
  let costly: string;
  beforeAll(async () => {
    // Takes several looks at what the process has used, on a fast machine too.
    const create = { width: 6000, height: 6000, channels: 4, background: "#336699" } as const;
    costly = put("costly.png", await sharp({ create }).png({ compressionLevel: 1 }).toBuffer());
  });

  it.each([
    ["time", { cpuMilliseconds: 50 }, "within 0.05 s of processor time"],
    ["memory", { megabytes: 150 }, "within 150 MB of memory"],
  ])("of %s ends the order that overruns it, with a code, and no other", async (_, limit, message) => {
    const plenty = { cpuMilliseconds: 60_000, megabytes: 10_000 };
    const budget = { ...plenty };
    await using room = createPictureWorker({ environment, log, budget });
    const files = [costly, await result("cheap.png", 50, 50)] as const;
    await room.inspect(files[1], { signal });
    const pid = await running(room);
    // Its start took more processor time than that, and is not counted.
    Object.assign(budget, limit);
    expect(await room.inspect(files[1], { signal })).toMatchObject({ width: 50 });
    const overruns = room.inspect(files[0], { signal, person: "alice" });
    const told = overruns.catch((error: Error) => {
      Object.assign(budget, plenty);
      return error.message;
    });
    const [, other] = await Promise.all([
      refusal(overruns, "picture-too-costly"),
      room.inspect(files[1], { signal, person: "bob" }),
    ]);
    expect(await told).toContain(message);
    expect(other).toMatchObject({ width: 50 });
    expect(() => process.kill(pid, 0)).toThrow("ESRCH");
    expect(await room.inspect(files[0], { signal })).toMatchObject({ width: 6000 });
  });
});
