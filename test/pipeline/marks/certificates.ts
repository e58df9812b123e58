import { createHash, generateKeyPairSync, type KeyObject, sign } from "node:crypto";

// Certificates (RFC 5280) in DER (X.690), made anew for each run of the tests: no key is ever written down that outlives it.

/** A key and its certificates, its own first, both in PEM. Nobody trusts them. */
export interface KeyAndCertificates {
  readonly key: string;
  readonly certificates: string;
}

/** The kinds of keys by the name of the signature that C2PA makes with them, and one that it has not. */
export const keyKinds = {
  es256: () => generateKeyPairSync("ec", { namedCurve: "prime256v1" }),
  es384: () => generateKeyPairSync("ec", { namedCurve: "secp384r1" }),
  es512: () => generateKeyPairSync("ec", { namedCurve: "secp521r1" }),
  ed25519: () => generateKeyPairSync("ed25519"),
  ps256: () => generateKeyPairSync("rsa", { modulusLength: 2048 }),
  secp256k1: () => generateKeyPairSync("ec", { namedCurve: "secp256k1" }),
} as const;

const root = keyKinds.es256();

/** A key of its kind, whose certificate the root of this run has signed. */
export function keyWithCertificates(kind: keyof typeof keyKinds): KeyAndCertificates {
  const { privateKey, publicKey } = keyKinds[kind]();
  const holders = [
    { of: kind, key: publicKey, isAuthority: false },
    { of: "Root", key: root.publicKey, isAuthority: true },
  ];
  return {
    key: String(privateKey.export({ type: "pkcs8", format: "pem" })),
    certificates: holders.map((holder) => pem(certificate(holder))).join(""),
  };
}

interface Holder {
  readonly of: string;
  readonly key: KeyObject;
  readonly isAuthority: boolean;
}

function certificate({ of, key, isAuthority }: Holder): Buffer {
  const keyInfo = key.export({ type: "spki", format: "der" });
  const ecdsaWithSha256 = sequence(oid("2a8648ce3d040302"));
  const content = sequence(
    tagged(0, integer(2)), // version 3
    integer(isAuthority ? 1 : 2),
    ecdsaWithSha256,
    name("Root"),
    sequence(generalizedTime("20200101000000Z"), generalizedTime("21200101000000Z")),
    name(of),
    keyInfo,
    tagged(3, sequence(...extensions(keyInfo, isAuthority))),
  );
  return sequence(content, ecdsaWithSha256, bitString(sign("sha256", content, root.privateKey)));
}

function extensions(keyInfo: Buffer, isAuthority: boolean): Buffer[] {
  const rootInfo = root.publicKey.export({ type: "spki", format: "der" });
  const [certSign, digitalSignature] = [0x06, 0x80];
  const all = [
    extension("551d13", sequence(...(isAuthority ? [element(0x01, Buffer.from([0xff]))] : []))),
    extension(
      "551d0f",
      bitString(Buffer.from([isAuthority ? certSign : digitalSignature]), isAuthority ? 1 : 7),
    ),
    optional("551d0e", element(0x04, idOf(keyInfo))),
    optional("551d23", sequence(element(0x80, idOf(rootInfo)))),
  ];
  const emailProtection = sequence(oid("2b06010505070304"));
  return isAuthority ? all : [...all, extension("551d25", emailProtection)];
}

const idOf = (keyInfo: Buffer) => createHash("sha1").update(keyInfo).digest();

/** One that a reader who does not know it must refuse. */
const extension = (id: string, value: Buffer) =>
  sequence(oid(id), element(0x01, Buffer.from([0xff])), element(0x04, value));

const optional = (id: string, value: Buffer) => sequence(oid(id), element(0x04, value));

/** An organisation and a common name. */
function name(common: string): Buffer {
  const part = (id: string, text: string) =>
    element(0x31, sequence(oid(id), element(0x0c, Buffer.from(text))));
  return sequence(part("55040a", "Test of learnable-regions-bot"), part("550403", common));
}

const sequence = (...parts: Buffer[]) => element(0x30, Buffer.concat(parts));
const tagged = (number: number, content: Buffer) => element(0xa0 | number, content);
const integer = (value: number) => element(0x02, Buffer.from([value]));
const oid = (hex: string) => element(0x06, Buffer.from(hex, "hex"));
const generalizedTime = (text: string) => element(0x18, Buffer.from(text));
const bitString = (bits: Buffer, unused = 0) => element(0x03, Buffer.concat([Buffer.from([unused]), bits]));

function element(tag: number, content: Buffer): Buffer {
  const { length } = content;
  const long = [length >> 8, length & 255].slice(length < 256 ? 1 : 0);
  const head = length < 128 ? [tag, length] : [tag, 0x80 | long.length, ...long];
  return Buffer.concat([Buffer.from(head), content]);
}

function pem(der: Buffer): string {
  const lines = der.toString("base64").match(/.{1,64}/g) ?? [];
  return ["-----BEGIN CERTIFICATE-----", ...lines, "-----END CERTIFICATE-----", ""].join("\n");
}
