import type { MethodName } from "../../types.ts";
import { Refusal } from "../refusal.ts";

// What an edit is made with, where the operator lets members choose.

/** Whether members may choose among what the operator named. */
export function hasChoice(methods: readonly MethodName[]): boolean {
  return methods.length > 1;
}

/**
 * The method of a request: what was chosen, or the first that the operator named; `null`, the pack's own, where none was.
 * @throws Refusal `method-not-offered`
 */
export function methodOf(chosen: string | null, methods: readonly MethodName[]): MethodName | null {
  const [first = null] = methods;
  if (chosen === null) return first;
  const known = methods.find((method) => method === chosen);
  if (known) return known;
  throw new Refusal(
    { code: "method-not-offered", methods: hasChoice(methods) ? methods : [] },
    `Expected one of the methods ${methods.join(", ") || "of the pack"}, got ${JSON.stringify(chosen)}.`,
  );
}

const typedForm = /(?:^|\s)--method(?:\s+|=)([\w-]+)(?=\s|$)/u;

/** Words of a message without `--method NAME`, and the name; `null` where none is there. */
export function readMethod(text: string): { readonly text: string; readonly method: string | null } {
  const [all = "", method = null] = typedForm.exec(text) ?? [];
  return { text: method === null ? text : text.replace(all, ""), method: method?.toLowerCase() ?? null };
}
