import { describe, expect, it } from "vitest";
import { loadConfig } from "../../src/config.ts";
import { lanePlansOf } from "../../src/service/lanes.ts";

const config = (devices: string, inpainters = "") =>
  loadConfig({
    environment: { LRBOT_DEVICES: devices, ...(inpainters && { LRBOT_INPAINTERS: inpainters }) },
    folder: "/nowhere",
  });
const own = { name: "mini", inpainter: "stable-diffusion" } as const;
const remote = { name: "far", inpainter: "remote" } as const;
const told = (plans: ReturnType<typeof lanePlansOf>) =>
  plans.map(({ name, device, server }) => `${name} on ${device} at ${server?.url ?? "home"}`);
const three = "a1111=http://one,comfyui=http://two,a1111=http://three";

describe("the lanes for a pack's jobs", () => {
  it("are the devices where the pack paints by itself, whatever servers there are", () => {
    expect(told(lanePlansOf(config("cuda:0,cuda:1", three), own))).toEqual([
      "cuda:0 on cuda:0 at home",
      "cuda:1 on cuda:1 at home",
    ]);
  });

  it("are the servers where it leaves painting to them, which share the devices in turn", () => {
    expect(told(lanePlansOf(config("cuda:0,cpu", three), remote))).toEqual([
      "a1111:0 on cuda:0 at http://one",
      "comfyui:0 on cpu at http://two",
      "a1111:1 on cuda:0 at http://three",
    ]);
  });

  it("are the servers of a kind that was asked for, for any pack", () => {
    expect(told(lanePlansOf(config("cpu", three), own, "comfyui"))).toEqual([
      "comfyui:0 on cpu at http://two",
    ]);
  });

  it("are simulated devices wherever there are some", () => {
    expect(told(lanePlansOf(config("simulated:1"), remote))).toEqual(["simulated:0 on simulated:0 at home"]);
  });

  it.each([
    ["", null, "LRBOT_INPAINTERS"],
    ["a1111=http://one", "comfyui", "comfyui=http://127.0.0.1:8188"],
  ])("are none where no server can paint: %j, %s", (inpainters, asked, said) => {
    const find = () => lanePlansOf(config("cpu", inpainters), remote, asked);
    expect(find).toThrow(expect.objectContaining({ code: "inpainter-unknown" }));
    expect(find).toThrow(said);
  });
});
