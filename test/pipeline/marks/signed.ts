import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { PictureFormat } from "../../../src/pipeline/image/formats/format.ts";
import { envelopeSize, signedEnvelope } from "../../../src/pipeline/marks/c2pa/cose.ts";
import { credentialsIn } from "../../../src/pipeline/marks/c2pa/sign.ts";
import { blobOf, loadC2pa, mediaTypeOf } from "../../../src/pipeline/marks/c2pa/wasm.ts";
import type { SigningFiles } from "../../../src/types.ts";
import { type keyKinds, keyWithCertificates } from "./certificates.ts";

let folder: string | null = null;
const made = new Map<string, SigningFiles>();

/** To be called after all tests of a file that imports anything from here. */
export function removeKeys(): void {
  if (folder) rmSync(folder, { recursive: true });
  folder = null;
  made.clear();
}

/** A key of this run with its certificates; nobody trusts them. */
export function filesOf(kind: keyof typeof keyKinds): SigningFiles {
  const known = made.get(kind);
  if (known) return known;
  folder ??= mkdtempSync(join(tmpdir(), "keys-"));
  const files = { keyFile: join(folder, `${kind}.key`), certificatesFile: join(folder, `${kind}.pem`) };
  const { key, certificates } = keyWithCertificates(kind);
  writeFileSync(files.keyFile, key);
  writeFileSync(files.certificatesFile, certificates);
  made.set(kind, files);
  return files;
}

export interface StatedAction {
  readonly action: string;
  readonly digitalSourceType?: string;
}

/** The file with a manifest of another program that states the actions. */
export async function withManifest(
  file: Uint8Array,
  format: PictureFormat,
  actions: readonly StatedAction[],
): Promise<Uint8Array> {
  const credentials = await credentialsIn(filesOf("es256"));
  const stated = actions.map(({ action, digitalSourceType: type }) => ({
    action,
    ...(type && { digitalSourceType: `http://cv.iptc.org/newscodes/digitalsourcetype/${type}` }),
  }));
  const builder = loadC2pa().WasmBuilder.fromJson(
    JSON.stringify({
      claim_generator_info: [{ name: "A generator", version: "1" }],
      assertions: [{ label: "c2pa.actions.v2", data: { actions: stated } }],
    }),
  );
  const sign = async (claim: Uint8Array) => signedEnvelope(claim, credentials);
  const definition = { reserveSize: envelopeSize(credentials), alg: "es256", sign };
  return builder.sign(definition, [], mediaTypeOf(format), blobOf(file));
}
