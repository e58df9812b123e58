import { constants, type KeyObject, sign } from "node:crypto";

// A signature in the envelope that C2PA asks for: COSE_Sign1 (RFC 9052, 4.2) in CBOR (RFC 8949), with the certificates in its
// protected header (RFC 9360). The module signs nothing itself, so that a key never enters it.

/** A key and the certificates that vouch for it, its own first, as DER. */
export interface Credentials {
  readonly key: KeyObject;
  readonly certificates: readonly Uint8Array[];
  readonly algorithm: SigningAlgorithm;
}

/** As C2PA names them (C2PA Specification 2.2, 13.2). */
export type SigningAlgorithm = "es256" | "es384" | "es512" | "ps256" | "ed25519";

const coseAlgorithms: Record<SigningAlgorithm, number> = {
  es256: -7,
  es384: -35,
  es512: -36,
  ps256: -37,
  ed25519: -8,
};
const digests: Record<SigningAlgorithm, string | null> = {
  es256: "sha256",
  es384: "sha384",
  es512: "sha512",
  ps256: "sha256",
  ed25519: null,
};

/** Bytes that an envelope of these credentials takes, with some to spare: what is spare is padded. */
export function envelopeSize({ certificates }: Credentials): number {
  return certificates.reduce((sum, { length }) => sum + length, 0) + spareBytes;
}

/** Signatures take 64 to 512, the rest less than 100; padding is told in a length of two bytes from 256 on. */
const spareBytes = 2048;

/** The envelope of a claim, which itself lies elsewhere, in exactly `envelopeSize` bytes. */
export function signedEnvelope(claim: Uint8Array, credentials: Credentials): Uint8Array<ArrayBuffer> {
  const { certificates, algorithm } = credentials;
  const [own] = certificates;
  const chain = certificates.length === 1 && own ? bytes(own) : list(certificates.map(bytes));
  const protectedHeader = map([
    [whole(1), whole(coseAlgorithms[algorithm])],
    [whole(33), chain],
  ]);
  const signed = list([text("Signature1"), bytes(protectedHeader), bytes(new Uint8Array()), bytes(claim)]);
  const signature = signatureOf(signed, credentials);
  const envelope = (padding: number) =>
    Buffer.concat([
      head(6, 18),
      list([
        bytes(protectedHeader),
        map([[text("pad"), bytes(new Uint8Array(padding))]]),
        nothing,
        bytes(signature),
      ]),
    ]);
  const padding = 256 + envelopeSize(credentials) - envelope(256).length;
  return Uint8Array.from(envelope(padding));
}

function signatureOf(data: Uint8Array, { key, algorithm }: Credentials): Uint8Array {
  if (algorithm !== "ps256") return sign(digests[algorithm], data, { key, dsaEncoding: "ieee-p1363" });
  return sign("sha256", data, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 });
}

const nothing = Buffer.from([0xf6]);

function whole(value: number): Buffer {
  return value >= 0 ? head(0, value) : head(1, -1 - value);
}

function bytes(data: Uint8Array): Buffer {
  return Buffer.concat([head(2, data.length), data]);
}

function text(value: string): Buffer {
  return Buffer.concat([head(3, Buffer.byteLength(value)), Buffer.from(value)]);
}

function list(items: readonly Uint8Array[]): Buffer {
  return Buffer.concat([head(4, items.length), ...items]);
}

function map(entries: readonly (readonly [Uint8Array, Uint8Array])[]): Buffer {
  return Buffer.concat([head(5, entries.length), ...entries.flat()]);
}

/** A major type and the number that belongs to it. */
function head(major: number, value: number): Buffer {
  const type = major << 5;
  if (value < 24) return Buffer.from([type | value]);
  if (value < 0x100) return Buffer.from([type | 24, value]);
  if (value < 0x10000) return Buffer.from([type | 25, value >> 8, value & 255]);
  const long = Buffer.from([type | 26, 0, 0, 0, 0]);
  long.writeUInt32BE(value, 1);
  return long;
}
