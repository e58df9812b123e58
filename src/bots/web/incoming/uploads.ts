import { existsSync } from "node:fs";
import { copyFile, mkdir, open, readdir, rm, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { EditError } from "../../../errors.ts";
import { privateMode } from "../../../private-files.ts";
import type { Attachment, FetchAttachment } from "../../chat.ts";
import { newJobId } from "../../intake/job-files.ts";
import type { PictureWorker } from "../../picture-worker.ts";
import { Refusal } from "../../refusal.ts";
import { platformName } from "../places.ts";
import type { Upload } from "../protocol.ts";

/** Pictures that were sent and are not a job's yet. */
export interface Uploads {
  /**
   * Takes a file as it comes, and looks at it.
   * @param length As the request says; `null` where it does not.
   * @throws Refusal `attachment-too-large`, before anything is read where the length says so; EditError `picture-*`, `tries-exceeded`
   */
  take(member: string, body: AsyncIterable<Uint8Array>, length: number | null): Promise<Upload>;
  /** Fetches a file from somewhere else. @throws EditError `attachment-*`, `picture-*` */
  fetch(member: string, url: string, signal: AbortSignal): Promise<Upload>;
  /** As something to edit. @throws EditError `attachment-unavailable` where it is not this person's, or not kept any more */
  attachmentOf(member: string, id: string, fileName: string): Promise<Attachment>;
  /** @throws EditError `attachment-unavailable` where there is no such example */
  exampleOf(name: string): Attachment;
  /** Saves what an attachment names. @throws EditError `attachment-*` */
  save(attachment: Attachment, file: string, maxBytes: number): Promise<void>;
  /** Path of the copy of an upload; `null` where it is not this person's, or not kept any more. */
  copyOf(member: string, id: string): string | null;
  /** Where an example lies; `null` where there is none of that name. */
  exampleFile(name: string): string | null;
  /** Takes away those that nobody used within an hour, all of them with `null`. */
  sweep(member: string | null): Promise<void>;
}

export interface UploadParts {
  /** Takes them; made where it is missing. */
  readonly folder: string;
  readonly pictureWorker: Pick<PictureWorker, "copy">;
  readonly fetchAttachment: FetchAttachment;
  readonly maxBytes: number;
  /** Pictures that come with the program. */
  readonly examples: readonly { readonly name: string; readonly file: string }[];
  readonly clock: () => number;
  readonly signal: AbortSignal;
}

const keptMilliseconds = 60 * 60_000;
/** Of one person: at once, and kept. */
const most = { atOnce: 4, kept: 30 } as const;
const copySide = 2048;
const idForm = /^[a-z2-9]{16}$/;

export function createUploads(parts: UploadParts): Uploads {
  const { folder, pictureWorker, maxBytes, examples, clock, signal } = parts;
  const underWay = new Map<string, number>();
  const pathOf = (member: string, id: string) => join(folder, `${member}-${id}`);

  async function looked(member: string, id: string): Promise<Upload> {
    const file = pathOf(member, id);
    const call = { signal, person: `${platformName}:${member}` };
    const { width, height } = await pictureWorker.copy({ file, out: `${file}.jpg`, maxSide: copySide }, call);
    const { size: bytes } = await stat(file);
    return { id, bytes, width, height, url: `/api/uploads/${id}` };
  }

  /** One more of this person's, under a new id. Nothing of one that is refused is left. */
  async function taken(member: string, fill: (file: string) => Promise<void>): Promise<Upload> {
    const count = underWay.get(member) ?? 0;
    if (count >= most.atOnce)
      throw new EditError("tries-exceeded", `Expected at most ${most.atOnce} uploads at once, got more.`);
    underWay.set(member, count + 1);
    const id = newJobId();
    try {
      await mkdir(folder, { recursive: true, mode: privateMode.folder });
      await dropOldest(member);
      await fill(pathOf(member, id));
      return await looked(member, id);
    } catch (error) {
      await drop(pathOf(member, id));
      throw error;
    } finally {
      const left = (underWay.get(member) ?? 1) - 1;
      if (left > 0) underWay.set(member, left);
      else underWay.delete(member);
    }
  }

  async function drop(file: string): Promise<void> {
    await rm(file, { force: true });
    await rm(`${file}.jpg`, { force: true });
  }

  async function filesOf(member: string | null) {
    if (!existsSync(folder)) return [];
    const names = (await readdir(folder)).filter((name) => !name.endsWith(".jpg"));
    const mine = member === null ? names : names.filter((name) => name.slice(0, -17) === member);
    const files = await Promise.all(
      mine.map(async (name) => {
        const file = join(folder, name);
        return { file, at: (await stat(file).catch(() => null))?.mtimeMs ?? 0 };
      }),
    );
    return files.toSorted((a, b) => a.at - b.at);
  }

  async function dropOldest(member: string): Promise<void> {
    const mine = await filesOf(member);
    for (const { file } of mine.slice(0, Math.max(0, mine.length - most.kept + 1))) await drop(file);
  }

  return {
    async take(member, body, length) {
      if (length !== null && length > maxBytes) throw tooLarge(maxBytes, length);
      return taken(member, (file) => write(body, file, maxBytes));
    },
    fetch(member, url, call) {
      const order = { url, hosts: [new URL(url).host], bearer: null, maxBytes };
      return taken(member, (file) =>
        parts.fetchAttachment({ ...order, file, signal: AbortSignal.any([signal, call]) }),
      );
    },
    async attachmentOf(member, id, fileName) {
      const file = idForm.test(id) ? pathOf(member, id) : null;
      if (file === null || !existsSync(file)) throw gone();
      const { size: bytes } = await stat(file);
      return { id, fileName, url: `upload:${basename(file)}`, contentType: null, bytes };
    },
    exampleOf(name) {
      if (!examples.some((each) => each.name === name)) throw gone();
      return { id: name, fileName: name, url: `example:${name}`, contentType: null, bytes: null };
    },
    async save({ url }, file, limit) {
      const [, kind, name = ""] = /^(upload|example):([A-Za-z0-9._-]+)$/.exec(url) ?? [];
      const found =
        kind === "example" ? examples.find((each) => each.name === name)?.file : join(folder, name);
      if (kind === undefined || !found || !existsSync(found)) throw gone();
      const { size } = await stat(found);
      if (size > limit) throw tooLarge(limit, size);
      await copyFile(found, file);
    },
    copyOf(member, id) {
      const file = `${pathOf(member, id)}.jpg`;
      return idForm.test(id) && existsSync(file) ? file : null;
    },
    exampleFile: (name) => examples.find((each) => each.name === name)?.file ?? null,
    async sweep(member) {
      for (const { file, at } of await filesOf(member)) {
        if (member !== null || at < clock() - keptMilliseconds) await drop(file);
      }
    },
  };
}

/** Stops at the first byte too many. */
async function write(body: AsyncIterable<Uint8Array>, file: string, maxBytes: number): Promise<void> {
  await using handle = await open(file, "wx", privateMode.file);
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw tooLarge(maxBytes, "more");
    await handle.writeFile(chunk);
  }
  if (bytes === 0) throw new EditError("picture-empty", "Expected a picture's bytes, got none.");
}

function tooLarge(maxBytes: number, got: number | string): Refusal {
  return new Refusal(
    { code: "attachment-too-large", maxBytes },
    `Expected at most ${maxBytes} bytes, got ${got}.`,
  );
}

function gone(): EditError {
  return new EditError(
    "attachment-unavailable",
    "Expected a picture that was sent lately, got an old one or none.",
  );
}
