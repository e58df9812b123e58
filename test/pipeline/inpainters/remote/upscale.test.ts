import { afterEach, describe, expect, it } from "vitest";
import { remoteKindOf } from "../../../../src/pipeline/inpainters/remote/kinds.ts";
import { createFakeA1111 } from "../../../fakes/a1111/index.ts";
import { createFakeComfyui } from "../../../fakes/comfyui/index.ts";
import { decode, encode } from "../../../fakes/painting-server/paint.ts";
import { serverAt } from "./remote.ts";

const picture = await encode({ width: 8, height: 4, rgb: new Uint8Array(8 * 4 * 3).fill(90) });
const opened: AsyncDisposable[] = [];
afterEach(async () => {
  for (const one of opened.splice(0)) await one[Symbol.asyncDispose]();
});

const servers = {
  a1111: { open: () => createFakeA1111(), upscaler: "R-ESRGAN 4x+", factor: 2 },
  comfyui: {
    open: () => createFakeComfyui({ models: { upscale_models: ["RealESRGAN_4x.pth"] } }),
    upscaler: "RealESRGAN_4x.pth",
    factor: 4,
  },
} as const;

describe.each(Object.entries(servers))("upscaling at %s", (kind, { open, upscaler, factor }) => {
  async function upscale(change: { readonly upscaler?: string; readonly signal?: AbortSignal } = {}) {
    const fake = await open();
    opened.push(fake);
    const server = serverAt(kind, fake.url);
    const { signal } = new AbortController();
    const order = { picture, upscaler, milliseconds: 20_000, signal, ...change };
    return remoteKindOf(server).upscale(server, order);
  }

  it("gives a larger picture", async () => {
    const { width, height } = await decode(await upscale());
    expect([width, height]).toEqual([8 * factor, 4 * factor]);
  });

  it("refuses a name that the server does not have, and says which it has", async () => {
    await expect(upscale({ upscaler: "another" })).rejects.toMatchObject({
      code: "inpainter-refused",
      message: expect.stringContaining(upscaler),
    });
  });

  it("is cancelled", async () => {
    await expect(upscale({ signal: AbortSignal.abort() })).rejects.toMatchObject({ code: "cancelled" });
  });

  it("says that nobody is there", async () => {
    const server = serverAt(kind, "http://127.0.0.1:9");
    const order = { picture, upscaler, milliseconds: 2000, signal: new AbortController().signal };
    await expect(remoteKindOf(server).upscale(server, order)).rejects.toMatchObject({
      code: "inpainter-unreachable",
    });
  });
});
