import type { ManifestMark, PictureMarks, ResultMarks } from "../../types.ts";

// XMP packets (XMP Specification, part 1): what says in a picture's file how the picture came about.

/** Digital Source Types of the IPTC, https://cv.iptc.org/newscodes/digitalsourcetype/. */
export const sourceTypes = {
  /** Made by a model that was trained on other works. */
  generated: "trainedAlgorithmicMedia",
  /** Anything else, of which such a model changed a part or the whole. */
  composite: "compositeWithTrainedAlgorithmicMedia",
} as const;

/** Of a picture whose file says nothing. */
export const noMarks: PictureMarks = { digitalSourceType: null, manifest: null };

/**
 * What is said of results: a model painted in a picture, so it is a composite, also where a method paints all of it, because it
 * starts from the picture. Where that was wholly generated, so is the result.
 */
export function marksOfResult({ digitalSourceType, manifest }: PictureMarks): ResultMarks {
  return {
    digitalSourceType:
      digitalSourceType === sourceTypes.generated ? sourceTypes.generated : sourceTypes.composite,
    input: { digitalSourceType, manifest },
  };
}

const newsCodes = "http://cv.iptc.org/newscodes/digitalsourcetype/";

/** Of results: names of this program's own for what no schema has a word for. */
const ownNamespace = "urn:learnable-regions-bot:marks/1/";

/**
 * The XMP packet of a result: its Digital Source Type, the edit in the history that `xmpMM` keeps, and what the picture that was
 * edited carried. It holds no time and no id, so the same edit has the same packet.
 */
export function resultXmp({ digitalSourceType, input }: ResultMarks): string {
  const own = [
    input.digitalSourceType &&
      `<lrbot:InputDigitalSourceType>${input.digitalSourceType}</lrbot:InputDigitalSourceType>`,
    input.manifest && `<lrbot:InputManifest>${input.manifest}</lrbot:InputManifest>`,
  ].filter(Boolean);
  return packetOf([
    typeElement(digitalSourceType),
    '<xmpMM:History><rdf:Seq><rdf:li rdf:parseType="Resource">',
    "<stEvt:action>edited</stEvt:action>",
    "<stEvt:softwareAgent>learnable-regions-bot</stEvt:softwareAgent>",
    `<stEvt:parameters>${historyOf(input)}</stEvt:parameters>`,
    "</rdf:li></rdf:Seq></xmpMM:History>",
    ...own.map(String),
  ]);
}

/** The packet of a copy of a picture that was not edited; `null` where nothing is known of how it came about. */
export function copyXmp({ digitalSourceType }: PictureMarks): string | null {
  return digitalSourceType === null ? null : packetOf([typeElement(digitalSourceType)]);
}

function historyOf({ digitalSourceType, manifest }: PictureMarks): string {
  const before =
    digitalSourceType === null ? "" : ` Before, its Digital Source Type was ${digitalSourceType}.`;
  const left = manifest === null ? "" : " It had a C2PA manifest, which no longer fits it and was left out.";
  return `A trained model painted a part of the picture or all of it.${before}${left}`;
}

function typeElement(type: string): string {
  return `<Iptc4xmpExt:DigitalSourceType>${newsCodes}${type}</Iptc4xmpExt:DigitalSourceType>`;
}

function packetOf(properties: readonly string[]): string {
  return [
    `<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?>`,
    `<x:xmpmeta xmlns:x="adobe:ns:meta/">`,
    `<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">`,
    `<rdf:Description rdf:about="" xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"`,
    ` xmlns:xmpMM="http://ns.adobe.com/xap/1.0/mm/" xmlns:stEvt="http://ns.adobe.com/xap/1.0/sType/ResourceEvent#"`,
    ` xmlns:lrbot="${ownNamespace}">`,
    ...properties,
    `</rdf:Description>`,
    `</rdf:RDF>`,
    `</x:xmpmeta>`,
    `<?xpacket end="w"?>`,
  ].join("\n");
}

/** What a packet says; anybody may have written it. */
export interface XmpMarks {
  /** The last part of the NewsCodes address, such as `digitalCapture`. */
  readonly digitalSourceType: string | null;
  /** A C2PA manifest at an address, or in a picture that this one was made from. */
  readonly manifest: Exclude<ManifestMark, "embedded"> | null;
  /** The packet is that of a result of this program. */
  readonly isResult: boolean;
  /** What the picture carried that the result was made from. */
  readonly input: PictureMarks;
}

/** Reads a packet of any program: a property stands as an element, as an attribute, or as a resource (part 1, 7). */
export function readXmp(packet: Uint8Array | undefined): XmpMarks {
  // UTF-16 becomes readable without its zeros: what is looked for is ASCII.
  const text = packet === undefined ? "" : Buffer.from(packet).toString("utf8").replaceAll("\0", "");
  const isResult =
    text.includes(ownNamespace) && text.includes("<stEvt:softwareAgent>learnable-regions-bot<");
  const inputManifest = propertyIn(text, "InputManifest");
  const input = {
    digitalSourceType: typeOf(propertyIn(text, "InputDigitalSourceType")),
    manifest: manifestMarks.find((mark) => mark === inputManifest) ?? null,
  };
  const isLinked = propertyIn(text, "provenance") !== null;
  const wasThere = isResult && input.manifest !== null;
  return {
    digitalSourceType: typeOf(propertyIn(text, "DigitalSourceType")),
    manifest: isLinked ? "linked" : wasThere ? "earlier" : null,
    isResult,
    input: isResult ? input : noMarks,
  };
}

const manifestMarks: readonly ManifestMark[] = ["embedded", "linked", "earlier"];

/** A property by its local name, whatever its prefix. */
function propertyIn(text: string, name: string): string | null {
  const found =
    new RegExp(
      `<[\\w.-]+:${name}(?:\\s[^>]*?rdf:resource\\s*=\\s*["']([^"'<>]*)["'][^>]*)?\\s*/?>([^<]*)`,
    ).exec(text) ?? new RegExp(`\\s[\\w.-]+:${name}\\s*=\\s*["']([^"'<>]*)["']`).exec(text);
  return (found?.[1] ?? found?.[2] ?? "").trim() || null;
}

/** The code alone, of an address or `digsrctype:code`; `null` for what is none. */
function typeOf(value: string | null): string | null {
  return /(?:^|[/:#])([A-Za-z]{3,60})\/?$/.exec(value ?? "")?.[1] ?? null;
}
