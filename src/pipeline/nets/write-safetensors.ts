import { sizeOf, type Tensor } from "./tensor.ts";

/**
 * A `.safetensors` file of 32-bit floats (https://huggingface.co/docs/safetensors/index#format): the length of the header,
 * the header as JSON up to a multiple of eight bytes, then the tensors one after the other.
 * @param metadata texts that the file says of itself
 */
export function safetensorsFile(
  tensors: Readonly<Record<string, Tensor>>,
  metadata: Readonly<Record<string, string>>,
): Uint8Array {
  let end = 0;
  const entries = Object.entries(tensors).map(([name, { shape }]) => {
    const start = end;
    end += 4 * sizeOf(shape);
    return [name, { dtype: "F32", shape, data_offsets: [start, end] }];
  });
  const json = JSON.stringify({ __metadata__: metadata, ...Object.fromEntries(entries) });
  const length = Buffer.byteLength(json);
  const header = Buffer.from(json + " ".repeat((8 - (length % 8)) % 8));
  const file = Buffer.alloc(8 + header.length + end);
  file.writeBigUInt64LE(BigInt(header.length));
  file.set(header, 8);
  let place = 8 + header.length;
  for (const { data } of Object.values(tensors)) {
    for (const value of data) place = file.writeFloatLE(value, place);
  }
  return file;
}
