import { z } from "zod";
import type { PictureFormat } from "../../image/formats/format.ts";
import { sourceTypes } from "../../image/xmp.ts";
import { loadC2pa, mediaTypeOf } from "./wasm.ts";

/** What the manifests in a file say, of the picture that carries them and of those that it was made from. */
export interface ManifestReport {
  /** `Invalid` where the picture was changed since, or a signature is wrong; `Valid` says nothing of who signed. */
  readonly state: "Invalid" | "Valid" | "Trusted";
  /** Who made the last one, in their own words. */
  readonly generator: string | null;
  /** Codes of what is wrong, such as `assertion.dataHash.mismatch`. */
  readonly failures: readonly string[];
  /** Digital Source Types of how the picture and what it was made from came about; `null` for a part of which nothing is said. */
  readonly digitalSourceTypes: readonly (string | null)[];
}

/** Reads the manifest store of a file; `null` where there is none that can be read. */
export async function readManifest(format: PictureFormat, bytes: Uint8Array): Promise<ManifestReport | null> {
  const { WasmReader } = loadC2pa();
  try {
    const reader = await WasmReader.fromBytes(mediaTypeOf(format), bytes, settings);
    try {
      return reportOf(storeSchema.parse(JSON.parse(reader.json())));
    } finally {
      reader.free();
    }
  } catch {
    // Anybody may write anything there; that there was something is told by whoever found it.
    return null;
  }
}

/** Nobody is asked: neither for manifests that lie elsewhere, nor whether a certificate was called back. */
const settings = JSON.stringify({
  verify: { remote_manifest_fetch: false, ocsp_fetch: false, verify_trust: false },
});

const actionSchema = z.object({ action: z.string(), digitalSourceType: z.string().nullish() });
const manifestSchema = z.object({
  claim_generator_info: z.array(z.object({ name: z.string() })).nullish(),
  ingredients: z
    .array(z.object({ relationship: z.string().nullish(), active_manifest: z.string().nullish() }))
    .nullish(),
  assertions: z.array(z.object({ label: z.string(), data: z.unknown() })).nullish(),
});
const storeSchema = z.object({
  active_manifest: z.string().nullish(),
  manifests: z.record(z.string(), manifestSchema),
  validation_results: z
    .object({
      activeManifest: z.object({ failure: z.array(z.object({ code: z.string() })).nullish() }).nullish(),
    })
    .nullish(),
  validation_state: z.enum(["Invalid", "Valid", "Trusted"]).catch("Invalid"),
});

function reportOf(store: z.infer<typeof storeSchema>): ManifestReport {
  const active = store.manifests[store.active_manifest ?? ""];
  return {
    state: store.validation_state,
    generator: active?.claim_generator_info?.[0]?.name.slice(0, 200) ?? null,
    failures: (store.validation_results?.activeManifest?.failure ?? []).map(({ code }) => code),
    digitalSourceTypes: Object.values(store.manifests).flatMap(typesIn),
  };
}

/**
 * `c2pa.created` speaks of the whole, other actions of a part: that a part was generated does not make the whole so, but that it
 * was photographed shows that the whole was not. An ingredient without a manifest came about nobody knows how.
 */
function typesIn({ assertions, ingredients }: z.infer<typeof manifestSchema>): (string | null)[] {
  const actions = (assertions ?? [])
    .filter(({ label }) => /^c2pa\.actions(\.v\d+)?(__\d+)?$/.test(label))
    .flatMap(({ data }) => z.object({ actions: z.array(actionSchema) }).safeParse(data).data?.actions ?? []);
  const stated = actions.flatMap(({ action, digitalSourceType }) => {
    const type = /([A-Za-z]{3,60})\/?$/.exec(digitalSourceType ?? "")?.[1];
    return type && (action === "c2pa.created" || type !== sourceTypes.generated) ? [type] : [];
  });
  const unknown = (ingredients ?? []).filter(
    ({ relationship, active_manifest }) => relationship !== "inputTo" && !active_manifest,
  );
  return [...stated, ...unknown.map(() => null)];
}
