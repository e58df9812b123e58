import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { EditError } from "../../../errors.ts";
import type { ResultMarks, SigningFiles } from "../../../types.ts";
import type { PictureFormat } from "../../image/formats/format.ts";
import { type Credentials, envelopeSize, type SigningAlgorithm, signedEnvelope } from "./cose.ts";
import { readManifest } from "./read.ts";
import { blobOf, loadC2pa, mediaTypeOf } from "./wasm.ts";

/** Puts a signed C2PA manifest into files of results. */
export interface Signer {
  /** The file with its manifest; it names no time, because nobody vouches for one. */
  sign(file: Uint8Array, format: PictureFormat, marks: ResultMarks): Promise<Uint8Array>;
}

/**
 * Reads a key and its certificates.
 * @throws EditError `signing-invalid` where they cannot be read, do not belong together or are of a kind that C2PA has not
 */
export async function openSigner(files: SigningFiles): Promise<Signer> {
  const credentials = await credentialsIn(files);
  const { WasmBuilder } = loadC2pa();
  const sign = async (claim: Uint8Array) => signedEnvelope(claim, credentials);
  const definition = { reserveSize: envelopeSize(credentials), alg: credentials.algorithm, sign };
  return {
    async sign(file, format, marks) {
      const builder = WasmBuilder.fromJson(JSON.stringify(manifestOf(marks)), settings);
      try {
        return await builder.sign(definition, [], mediaTypeOf(format), blobOf(file));
      } catch (cause) {
        throw invalid("signatures of them that fit", String(cause), cause);
      } finally {
        builder.free();
      }
    },
  };
}

const settings = JSON.stringify({ builder: { thumbnail: { enabled: false } } });

function manifestOf({ digitalSourceType, input }: ResultMarks) {
  const before = input.manifest === null ? "" : " The picture that was edited had a C2PA manifest.";
  const description = `A trained model painted a part of the picture or all of it.${before}`;
  const type = `http://cv.iptc.org/newscodes/digitalsourcetype/${digitalSourceType}`;
  return {
    claim_generator_info: [{ name: "learnable-regions-bot" }],
    assertions: [
      {
        label: "c2pa.actions.v2",
        data: { actions: [{ action: "c2pa.created", digitalSourceType: type, description }] },
      },
    ],
  };
}

/**
 * Signs a tiny picture and reads it back.
 * @param file A PNG.
 * @throws EditError `signing-invalid`, also where readers of C2PA would not take the certificates
 */
export async function checkSigner(files: SigningFiles, file: Uint8Array): Promise<void> {
  const signer = await openSigner(files);
  const marks = { digitalSourceType: "compositeWithTrainedAlgorithmicMedia", input: noInput };
  const report = await readManifest("PNG", await signer.sign(file, "PNG", marks));
  if (report !== null && report.state !== "Invalid") return;
  throw invalid(
    "a certificate that C2PA takes",
    `one that its readers refuse (${report?.failures.join(", ") ?? "unread"})`,
  );
}

const noInput = { digitalSourceType: null, manifest: null } as const;

/** A key and its certificates from their files; see `openSigner` for the coded errors. */
export async function credentialsIn({ keyFile, certificatesFile }: SigningFiles): Promise<Credentials> {
  const [keyText, chainText] = await Promise.all([contentsOf(keyFile), contentsOf(certificatesFile)]);
  const key = parsed(() => createPrivateKey(keyText), `a private key in PEM in ${keyFile}`);
  const pems = chainText.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
  const chain = parsed(
    () => pems.map((pem) => new X509Certificate(pem)),
    `certificates in PEM in ${certificatesFile}`,
  );
  const [own] = chain;
  if (own === undefined) throw invalid(`certificates in PEM in ${certificatesFile}`, "none");
  if (!own.checkPrivateKey(key))
    throw invalid(`the certificate of the key ${keyFile} first in ${certificatesFile}`, "another's");
  return { key, certificates: chain.map(({ raw }) => raw), algorithm: algorithmOf(key) };
}

function algorithmOf({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): SigningAlgorithm {
  if (asymmetricKeyType === "ed25519") return "ed25519";
  if (asymmetricKeyType === "rsa" || asymmetricKeyType === "rsa-pss") return "ps256";
  const curve = asymmetricKeyDetails?.namedCurve ?? "";
  const algorithm = curves[curve];
  if (algorithm) return algorithm;
  throw invalid("a key on P-256, P-384, P-521 or Ed25519, or of RSA", curve || String(asymmetricKeyType));
}

const curves: Readonly<Record<string, SigningAlgorithm>> = {
  prime256v1: "es256",
  secp384r1: "es384",
  secp521r1: "es512",
};

async function contentsOf(file: string): Promise<string> {
  return readFile(file, "utf8").catch((cause: unknown) => {
    throw invalid(
      `to read ${file}`,
      cause instanceof Error && "code" in cause ? String(cause.code) : String(cause),
      cause,
    );
  });
}

function parsed<Value>(parse: () => Value, expected: string): Value {
  try {
    return parse();
  } catch (cause) {
    throw invalid(expected, "something else", cause);
  }
}

function invalid(expected: string, got: string, cause?: unknown): EditError {
  return new EditError(
    "signing-invalid",
    `Expected ${expected}, got ${got}. LRBOT_C2PA_KEY and LRBOT_C2PA_CERTIFICATES name the files.`,
    { cause },
  );
}
