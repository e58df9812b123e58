import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { initSync, WasmBuilder, WasmReader } from "@contentauth/c2pa-wasm";
import type { PictureFormat } from "../../image/formats/format.ts";

// c2pa-rs as its maintainers compile it to WebAssembly (https://github.com/contentauth/c2pa-js). It is made for workers of a
// browser: what it writes to it reads by `FileReaderSync`, which Node.js has not, so here is what it takes of that.

let isLoaded = false;

/** Loads it at the first call: 9 MB, some 30 ms. */
export function loadC2pa(): {
  readonly WasmBuilder: typeof WasmBuilder;
  readonly WasmReader: typeof WasmReader;
} {
  if (!isLoaded) {
    const path = createRequire(import.meta.url).resolve("@contentauth/c2pa-wasm/c2pa.wasm");
    initSync({ module: readFileSync(path) });
    Object.assign(globalThis, { FileReaderSync: SyncReader });
    isLoaded = true;
  }
  return { WasmBuilder, WasmReader };
}

export function mediaTypeOf(format: PictureFormat): string {
  return `image/${format.toLowerCase()}`;
}

/** A file in memory, as far as the module looks at one. */
export function blobOf(bytes: Uint8Array): Blob {
  return new MemoryBlob(bytes) as unknown as Blob;
}

class MemoryBlob {
  readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  get size(): number {
    return this.bytes.length;
  }

  slice(start: number, end: number): MemoryBlob {
    return new MemoryBlob(this.bytes.subarray(start, end));
  }
}

class SyncReader {
  readAsArrayBuffer({ bytes }: MemoryBlob): ArrayBuffer {
    return Uint8Array.from(bytes).buffer;
  }
}
