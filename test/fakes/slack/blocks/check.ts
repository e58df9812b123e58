import type { z } from "zod";
import type { Json } from "../types.ts";
import { home, messageBlocks, modal } from "./schemas.ts";

/** Characters of all texts in a message's blocks together, above which Slack answers `msg_blocks_too_long`. */
export const maxBlockText = 13_200;

/** What is wrong with a message's blocks, each problem with its JSON pointer; empty where nothing is. */
export function problemsOfBlocks(blocks: unknown, pointer = "/blocks"): string[] {
  const parsed = messageBlocks.safeParse(blocks);
  if (!parsed.success) return parsed.error.issues.map((issue) => describe(issue, pointer));
  return [
    ...duplicates(parsed.data, pointer),
    ...elementsIn(parsed.data)
      .filter(({ element }) => element.type === "file_input")
      .map(({ path }) => `file_input is allowed in modals only [json-pointer:${pointer}${path}]`),
  ];
}

/** What is wrong with a modal. */
export function problemsOfView(view: unknown): string[] {
  const parsed = modal.safeParse(view);
  if (!parsed.success) return parsed.error.issues.map((issue) => describe(issue, "/view"));
  return duplicates(parsed.data.blocks, "/view/blocks");
}

/** What is wrong with a view for the Home tab. */
export function problemsOfHome(view: unknown): string[] {
  const parsed = home.safeParse(view);
  if (!parsed.success) return parsed.error.issues.map((issue) => describe(issue, "/view"));
  const { blocks } = parsed.data;
  return [
    ...duplicates(blocks, "/view/blocks"),
    ...elementsIn(blocks)
      .filter(({ element }) => element.type === "file_input")
      .map(({ path }) => `file_input is allowed in modals only [json-pointer:/view/blocks${path}]`),
  ];
}

/** All interactive elements with their blocks and where they stand. */
export function elementsIn(blocks: readonly Json[]): { block: Json; element: Json; path: string }[] {
  return blocks.flatMap((block, index) => {
    const at = `/${index}`;
    const list = Array.isArray(block.elements) ? (block.elements as Json[]) : [];
    return [
      ...list.map((element, place) => ({ block, element, path: `${at}/elements/${place}` })),
      ...["element", "accessory"].flatMap((key) =>
        block[key] === undefined ? [] : [{ block, element: block[key] as Json, path: `${at}/${key}` }],
      ),
    ];
  });
}

/** All characters that the blocks' texts have. */
export function textLengthOf(value: unknown): number {
  if (Array.isArray(value)) return value.reduce((sum: number, item) => sum + textLengthOf(item), 0);
  if (typeof value !== "object" || value === null) return 0;
  return Object.entries(value).reduce(
    (sum, [key, item]) =>
      sum + (key === "text" && typeof item === "string" ? item.length : textLengthOf(item)),
    0,
  );
}

/** The same blocks with the block and action ids that Slack makes up where the app gave none. */
export function withIds(blocks: readonly Json[], nextId: () => string): Json[] {
  return blocks.map((block) => ({
    block_id: nextId(),
    ...block,
    ...mapKey(block, "elements", (list) => (list as Json[]).map(withActionId)),
    ...mapKey(block, "element", (element) => withActionId(element as Json)),
    ...mapKey(block, "accessory", (element) => withActionId(element as Json)),
  }));

  function withActionId(element: Json): Json {
    const isText = ["image", "mrkdwn", "plain_text"].includes(String(element.type));
    return isText || String(element.type).startsWith("rich_text")
      ? element
      : { action_id: nextId(), ...element };
  }
}

function mapKey(block: Json, key: string, change: (value: unknown) => unknown): Json {
  return block[key] === undefined ? {} : { [key]: change(block[key]) };
}

function duplicates(blocks: readonly Json[], pointer: string): string[] {
  const problems: string[] = [];
  const blockIds = new Set<unknown>();
  for (const [index, block] of blocks.entries()) {
    const id = block.block_id;
    if (id !== undefined && blockIds.has(id)) {
      problems.push(`block_id already exists: ${String(id)} [json-pointer:${pointer}/${index}/block_id]`);
    }
    blockIds.add(id);
    const actionIds = new Set<unknown>();
    for (const { element, path } of elementsIn([block])) {
      const action = element.action_id;
      if (action !== undefined && actionIds.has(action)) {
        const place = path.replace(/^\/0/, `/${index}`);
        problems.push(
          `action_id already exists: ${String(action)} [json-pointer:${pointer}${place}/action_id]`,
        );
      }
      actionIds.add(action);
    }
  }
  return problems;
}

function describe(issue: z.core.$ZodIssue, pointer: string): string {
  const path = issue.path.map((part) => `/${String(part)}`).join("");
  return `${issue.message} [json-pointer:${pointer}${path}]`;
}
