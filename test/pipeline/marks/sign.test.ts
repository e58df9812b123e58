import { afterAll, describe, expect, it } from "vitest";
import { decodePicture, encodeRgbPng } from "../../../src/pipeline/image/image.ts";
import { marksOfResult } from "../../../src/pipeline/image/xmp.ts";
import { readManifest } from "../../../src/pipeline/marks/c2pa/read.ts";
import { checkSigner, openSigner } from "../../../src/pipeline/marks/c2pa/sign.ts";
import { gradient, rawRgb, refusal, temporaryFolder } from "../image/pictures.ts";
import { filesOf, removeKeys } from "./signed.ts";

afterAll(removeKeys);

const { put, path } = temporaryFolder();
const composite = "compositeWithTrainedAlgorithmicMedia";
const marks = marksOfResult({ digitalSourceType: null, manifest: null });
const png = () => encodeRgbPng(gradient(64, 48));

describe("a signed result", () => {
  it.each(["es256", "es384", "es512", "ed25519", "ps256"] as const)(
    "is one that readers take, by a key of %s",
    async (name) => {
      const signed = await (await openSigner(filesOf(name))).sign(await png(), "PNG", marks);
      expect(await readManifest("PNG", signed)).toEqual({
        state: "Valid",
        failures: [],
        generator: "learnable-regions-bot",
        digitalSourceTypes: [composite],
      });
    },
  );

  it("keeps its pixels", async () => {
    const signed = await (await openSigner(filesOf("es256"))).sign(await png(), "PNG", marks);
    expect(await decodePicture(signed)).toEqual(await decodePicture(await png()));
  });

  it("is found out where a pixel was changed since", async () => {
    const jpeg = await rawRgb(gradient(64, 48)).jpeg().toBuffer();
    const signed = await (await openSigner(filesOf("es256"))).sign(jpeg, "JPEG", marks);
    const changed = Uint8Array.from(signed);
    changed[changed.length - 20] = (changed[changed.length - 20] ?? 0) ^ 1;
    expect((await readManifest("JPEG", signed))?.state).toBe("Valid");
    expect(await readManifest("JPEG", changed)).toMatchObject({
      state: "Invalid",
      failures: ["assertion.dataHash.mismatch"],
    });
  });

  it("of a picture that was wholly generated says so", async () => {
    const generated = marksOfResult({ digitalSourceType: "trainedAlgorithmicMedia", manifest: "embedded" });
    const signed = await (await openSigner(filesOf("es256"))).sign(await png(), "PNG", generated);
    expect((await readManifest("PNG", signed))?.digitalSourceTypes).toEqual(["trainedAlgorithmicMedia"]);
  });
});

describe("keys and certificates", () => {
  it.each(["es256", "es384", "es512", "ed25519", "ps256"] as const)("of %s pass", async (name) => {
    await checkSigner(filesOf(name), await png());
  });

  it.each([
    ["there is no file", { ...filesOf("es256"), keyFile: path("nowhere.key") }],
    ["it is no key", { ...filesOf("es256"), keyFile: put("text.key", "hello") }],
    ["there is no certificate", { ...filesOf("es256"), certificatesFile: put("text.pem", "hello") }],
    [
      "the certificate is another key's",
      { ...filesOf("es256"), certificatesFile: filesOf("es384").certificatesFile },
    ],
    ["C2PA has not the curve", filesOf("secp256k1")],
  ])("are refused where %s", async (_, files) => {
    await refusal(checkSigner(files, await png()), "signing-invalid");
  });
});
