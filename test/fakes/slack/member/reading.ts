import type { FakeFile, FakeMessage, Id, Json } from "../types.ts";

/** What a person reads in a message: the texts of its blocks, or its plain text where it has none; buttons left out. */
export function visibleText({ content }: FakeMessage): string {
  const texts = content.blocks.flatMap((block) => (block.type === "actions" ? [] : textsIn(block)));
  return content.blocks.length > 0 ? texts.join("\n") : content.text;
}

/** The pictures that a message shows: attached files, then those in its blocks, each with its alternative text. */
export function picturesIn(
  files: ReadonlyMap<Id, FakeFile>,
  { content }: FakeMessage,
): { readonly file: FakeFile; readonly alt: string | null }[] {
  const attached = content.files.map((id) => ({ id, alt: files.get(id)?.altText ?? null }));
  const shown = content.blocks.flatMap(referencesIn);
  return [...attached, ...shown].flatMap(({ id, alt }) => {
    const file = files.get(id) ?? fileOfUrl(files, id);
    return file === undefined ? [] : [{ file, alt }];
  });
}

function textsIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(textsIn);
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) =>
    key === "text" && typeof item === "string" ? [item] : textsIn(item),
  );
}

function referencesIn(value: unknown): { id: string; alt: string | null }[] {
  if (Array.isArray(value)) return value.flatMap(referencesIn);
  if (typeof value !== "object" || value === null) return [];
  const { slack_file: reference, alt_text: alt } = value as Json;
  const inner = Object.values(value).flatMap(referencesIn);
  if (typeof reference !== "object" || reference === null) return inner;
  const { id, url } = reference as { id?: string; url?: string };
  return [{ id: id ?? url ?? "", alt: typeof alt === "string" ? alt : null }, ...inner];
}

function fileOfUrl(files: ReadonlyMap<Id, FakeFile>, url: string): FakeFile | undefined {
  return [...files.values()].find(({ id }) => url.includes(`${id}/`));
}
