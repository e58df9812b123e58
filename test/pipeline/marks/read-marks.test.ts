import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { crc32, deflateSync } from "node:zlib";
import sharp, { type Sharp } from "sharp";
import { afterAll, describe, expect, it } from "vitest";
import { marksOfResult, resultXmp } from "../../../src/pipeline/image/xmp.ts";
import { readMarksOf } from "../../../src/pipeline/marks/read-marks.ts";
import { gradient, rawRgb, refusal, temporaryFolder } from "../image/pictures.ts";
import { removeKeys, withManifest } from "./signed.ts";

afterAll(removeKeys);

const { put } = temporaryFolder();
const address = "http://cv.iptc.org/newscodes/digitalsourcetype/";
const generated = "trainedAlgorithmicMedia";
const composite = "compositeWithTrainedAlgorithmicMedia";

const formats = {
  png: (image: Sharp) => image.png(),
  jpeg: (image: Sharp) => image.jpeg(),
  webp: (image: Sharp) => image.webp(),
  avif: (image: Sharp) => image.avif({ effort: 0 }),
} as const;
const formatNames = { png: "PNG", jpeg: "JPEG", webp: "WebP", avif: "AVIF" } as const;
type Format = keyof typeof formats;
const names = Object.keys(formats) as Format[];

const encoded = (format: Format, xmp: string | null = null) => {
  const image = rawRgb(gradient(64, 48));
  return formats[format](xmp === null ? image : image.withXmp(xmp)).toBuffer();
};
const packet = (inner: string, attributes = "") =>
  `<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" xmlns:dcterms="http://purl.org/dc/terms/"${attributes}>${inner}</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>`;
const element = (type: string) =>
  `<Iptc4xmpExt:DigitalSourceType>${address}${type}</Iptc4xmpExt:DigitalSourceType>`;

const typeAndManifest = async (name: string, bytes: Uint8Array) => {
  const { digitalSourceType, manifest } = await readMarksOf(put(name, bytes));
  return { digitalSourceType, manifest };
};

describe("the marks of a picture", () => {
  it.each(names)("that has none are none: %s", async (format) => {
    const found = await typeAndManifest(`plain.${format}`, await encoded(format));
    expect(found).toEqual({ digitalSourceType: null, manifest: null });
  });

  it.each(names)("are read from XMP in a %s", async (format) => {
    const bytes = await encoded(format, packet(element(generated)));
    const found = await typeAndManifest(`xmp.${format}`, bytes);
    expect(found).toEqual({ digitalSourceType: generated, manifest: null });
  });

  it.each([
    ["an element", packet(element("digitalCapture"))],
    ["an attribute", packet("", ` Iptc4xmpExt:DigitalSourceType="${address}digitalCapture"`)],
    ["a resource", packet(`<Iptc4xmpExt:DigitalSourceType rdf:resource='${address}digitalCapture'/>`)],
    ["another prefix", packet(element("digitalCapture")).replaceAll("Iptc4xmpExt", "ns1")],
    ["https", packet(element("digitalCapture").replace("http:", "https:"))],
  ])("stand in XMP as %s", async (_, xmp) => {
    const found = await typeAndManifest("form.jpg", await encoded("jpeg", xmp));
    expect(found.digitalSourceType).toBe("digitalCapture");
  });

  it("are read from a PNG whose XMP stands in iTXt, also compressed", async () => {
    const png = await encoded("png");
    for (const isCompressed of [false, true]) {
      const text = Buffer.from(packet(element(generated)));
      const head = Buffer.from(`XML:com.adobe.xmp\0${isCompressed ? "\x01" : "\0"}\0\0\0`, "latin1");
      const data = Buffer.concat([head, isCompressed ? deflateSync(text) : text]);
      const found = await typeAndManifest("itxt.png", withChunk(png, "iTXt", data));
      expect(found.digitalSourceType, String(isCompressed)).toBe(generated);
    }
  });

  it.each(names)("are read from a C2PA manifest in a %s", async (format) => {
    const actions = [{ action: "c2pa.created", digitalSourceType: generated }];
    const bytes = await withManifest(await encoded(format), formatNames[format], actions);
    const marks = await readMarksOf(put(`manifest.${format}`, bytes));
    expect(marks).toMatchObject({ digitalSourceType: generated, manifest: "embedded" });
    expect(marks.report?.generator).toBe("A generator");
  });

  it("say that a picture was wholly generated only where nothing speaks against it", async () => {
    const made = { action: "c2pa.created", digitalSourceType: generated };
    const filled = { action: "c2pa.edited", digitalSourceType: generated };
    const photographed = { action: "c2pa.created", digitalSourceType: "digitalCapture" };
    const mixed = { action: "c2pa.edited", digitalSourceType: composite };
    const typeOf = async (actions: Parameters<typeof withManifest>[2], xmp: string | null = null) => {
      const bytes = await withManifest(await encoded("png", xmp), "PNG", actions);
      return (await typeAndManifest("said.png", bytes)).digitalSourceType;
    };
    expect(await typeOf([made])).toBe(generated);
    expect(await typeOf([made, filled])).toBe(generated);
    expect(await typeOf([photographed, filled])).toBe("digitalCapture");
    expect(await typeOf([made, mixed])).toBe(composite);
    expect(await typeOf([made], packet(element("digitalCapture")))).toBe("digitalCapture");
    expect(await typeOf([made], packet(element(generated)))).toBe(generated);
  });

  it("tell of a manifest that cannot be read, and of one that lies elsewhere, which is not fetched", async () => {
    const requests: string[] = [];
    const server = createServer((request, response) => {
      requests.push(String(request.url));
      response.end();
    }).listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    const { port } = server.address() as AddressInfo;
    const link = ` dcterms:provenance="http://127.0.0.1:${port}/manifest.c2pa"`;
    const linked = await encoded("jpeg", packet("", link));
    expect(await typeAndManifest("linked.jpg", linked)).toEqual({
      digitalSourceType: null,
      manifest: "linked",
    });
    const png = withChunk(await encoded("png", packet("", link)), "caBX", Buffer.from("no manifest at all"));
    expect(await typeAndManifest("broken.png", png)).toEqual({
      digitalSourceType: null,
      manifest: "embedded",
    });
    expect(requests).toEqual([]);
    server.close();
  });

  it("are not looked for in what is no picture", async () => {
    await refusal(readMarksOf(put("text.png", packet(element(generated)))), "picture-not-a-picture");
  });
});

describe("what is said of a result", () => {
  it.each([
    [null, composite],
    ["digitalCapture", composite],
    ["digitalArt", composite],
    [composite, composite],
    [generated, generated],
  ])("made from a picture of the type %s is %s", (digitalSourceType, expected) => {
    const marks = marksOfResult({ digitalSourceType, manifest: "embedded" });
    expect(marks).toEqual({
      digitalSourceType: expected,
      input: { digitalSourceType, manifest: "embedded" },
    });
  });

  it("is read back from its packet, and goes on to what is made from it", async () => {
    const marks = marksOfResult({ digitalSourceType: generated, manifest: "embedded" });
    const xmp = resultXmp(marks);
    expect(xmp).toContain("It had a C2PA manifest, which no longer fits it and was left out.");
    const read = await readMarksOf(put("result.jpg", await encoded("jpeg", xmp)));
    expect(read).toMatchObject({ digitalSourceType: generated, manifest: "earlier" });
    expect(read.xmp).toMatchObject({ isResult: true, input: marks.input });
    expect(marksOfResult(read).input).toEqual({ digitalSourceType: generated, manifest: "earlier" });
  });

  it("is a packet that other readers take for XMP", async () => {
    const bytes = await encoded("png", resultXmp(marksOfResult({ digitalSourceType: null, manifest: null })));
    expect((await sharp(bytes).metadata()).xmpAsString).toContain(`>${address}${composite}<`);
  });
});

function withChunk(png: Uint8Array, type: string, data: Uint8Array): Uint8Array {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const chunk = Buffer.alloc(body.length + 8);
  chunk.writeUInt32BE(data.length, 0);
  chunk.set(body, 4);
  chunk.writeUInt32BE(crc32(body), chunk.length - 4);
  // The header's chunk ends at byte 33.
  return Buffer.concat([png.subarray(0, 33), chunk, png.subarray(33)]);
}
