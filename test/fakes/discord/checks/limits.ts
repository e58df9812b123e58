import { type Json, messageFlags } from "../types.ts";
import type { BodyName, Problem } from "./schemas.ts";

// Documented limits that the API's description does not carry. Sources: the pages "Message", "Components" and
// "Application Commands" of https://discord.com/developers/docs

/** What a body breaks of those limits. It has passed its schema already. */
export function problemsOfLimits(name: BodyName, body: unknown): Problem[] {
  switch (name) {
    case "messageCreate":
      return message(body as Json, creatable);
    case "messageEdit":
      return message(body as Json, messageFlags.suppressEmbeds | messageFlags.componentsV2);
    case "followUp":
      return message(body as Json, creatable | messageFlags.ephemeral);
    case "webhookEdit":
      return message(body as Json, messageFlags.suppressEmbeds | messageFlags.componentsV2);
    case "callback":
      return callback(body as Json);
    case "commandsPut":
      return commandList(body as Json[]);
    case "commandCreate":
      return command(body as Json, "");
    default:
      return [];
  }
}

const creatable =
  messageFlags.suppressEmbeds | messageFlags.suppressNotifications | messageFlags.componentsV2;

function callback(body: Json): Problem[] {
  const data = (body.data ?? {}) as Json;
  const under = (problems: Problem[]) => problems.map((each) => ({ ...each, at: `data.${each.at}` }));
  if (body.type === 9) return under(modal(data));
  if (body.type === 5) {
    const flags = Number(data.flags ?? 0);
    return (flags & ~messageFlags.ephemeral) === 0
      ? []
      : [{ at: "data.flags", problem: "a deferred answer can be ephemeral, nothing else" }];
  }
  if (body.type === 4 || body.type === 7) return under(message(data, creatable | messageFlags.ephemeral));
  return [];
}

function message(body: Json, allowedFlags: number): Problem[] {
  const problems: Problem[] = [];
  const flags = Number(body.flags ?? 0);
  const content = String(body.content ?? "");
  const embeds = (body.embeds ?? []) as Json[];
  const isV2 = (flags & messageFlags.componentsV2) !== 0;
  if ([...content].length > 2000)
    problems.push({ at: "content", problem: "Must be 2000 or fewer in length." });
  if ((flags & ~allowedFlags) !== 0) problems.push({ at: "flags", problem: "flags that cannot be set here" });
  if (isV2 && (content !== "" || embeds.length > 0)) {
    problems.push({ at: "flags", problem: "content and embeds cannot be used with IS_COMPONENTS_V2" });
  }
  const words = embeds.reduce((sum, embed) => sum + embedLength(embed), 0);
  if (words > 6000) problems.push({ at: "embeds", problem: "Embed size exceeds maximum size of 6000" });
  return [...problems, ...components((body.components ?? []) as Json[], isV2)];
}

function embedLength(embed: Json): number {
  const fields = (embed.fields ?? []) as Json[];
  const texts = [
    embed.title,
    embed.description,
    (embed.footer as Json | undefined)?.text,
    (embed.author as Json | undefined)?.name,
    ...fields.flatMap(({ name, value }) => [name, value]),
  ];
  return texts.reduce<number>((sum, text) => sum + String(text ?? "").length, 0);
}

function components(rows: readonly Json[], isV2: boolean): Problem[] {
  const problems: Problem[] = [];
  if (!isV2 && rows.length > 5) problems.push({ at: "components", problem: "Must be 5 or fewer in length." });
  rows.forEach((row, index) => {
    const at = `components.${index}`;
    if (!isV2 && row.type !== 1) problems.push({ at, problem: "needs the flag IS_COMPONENTS_V2" });
    if (row.type !== 1) return;
    const parts = (row.components ?? []) as Json[];
    const hasSelect = parts.some(({ type }) => type !== 2);
    if (hasSelect && parts.length > 1) problems.push({ at, problem: "a select stands alone in its row" });
  });
  const parts = nested(rows);
  if (parts.length > 40) problems.push({ at: "components", problem: "40 or fewer in all" });
  const letters = parts.reduce(
    (sum, { part }) => sum + (part.type === 10 ? String(part.content).length : 0),
    0,
  );
  if (letters > 4000) problems.push({ at: "components", problem: "4000 characters or fewer in all text" });
  for (const { part, at } of parts) {
    if (part.type === 2) problems.push(...button(part, at));
  }
  return [...problems, ...duplicates(parts)];
}

/** Emoji that Unicode recommends for general interchange (https://www.unicode.org/reports/tr51/). */
export const unicodeEmoji = /^\p{RGI_Emoji}$/v;

function button(part: Json, at: string): Problem[] {
  const isLink = part.style === 5;
  const problems: Problem[] = [];
  if (isLink !== (part.url !== undefined && part.url !== null)) {
    problems.push({ at, problem: "a link button has a url, others have none" });
  }
  if (!isLink && part.style !== 6 && typeof part.custom_id !== "string") {
    problems.push({ at: `${at}.custom_id`, problem: "BUTTON_COMPONENT_CUSTOM_ID_REQUIRED" });
  }
  if (isLink && typeof part.custom_id === "string") problems.push({ at, problem: "a link has no custom_id" });
  const hasFace = (part.label ?? "") !== "" || (part.emoji ?? null) !== null;
  if (!hasFace) problems.push({ at, problem: "a button needs a label or an emoji" });
  const emoji = part.emoji as { readonly id?: unknown; readonly name?: unknown } | null | undefined;
  // An emoji without an id is one of Unicode's, whole: an arrow that is none costs the message.
  if (emoji && !emoji.id && !unicodeEmoji.test(String(emoji.name))) {
    problems.push({ at: `${at}.emoji.name`, problem: "COMPONENT_INVALID_EMOJI: Invalid emoji" });
  }
  return problems;
}

function modal(data: Json): Problem[] {
  const rows = data.components as Json[];
  const problems = rows.length > 5 ? [{ at: "components", problem: "Must be 5 or fewer in length." }] : [];
  const parts = nested(rows);
  return [...problems, ...parts.flatMap(({ part, at }) => input(part, at)), ...duplicates(parts)];
}

/** Of a text input and of a menu: what its parts may not be to each other. */
function input(part: Json, at: string): Problem[] {
  const problems: Problem[] = [];
  const value = typeof part.value === "string" ? part.value : "";
  if (part.type === 4 && value.length > Number(part.max_length ?? 4000)) {
    problems.push({ at: `${at}.value`, problem: "longer than max_length" });
  }
  const choices = (part.type === 3 ? part.options : []) as Json[];
  if (part.type === 3 && Number(part.max_values ?? 1) > choices.length) {
    problems.push({ at: `${at}.max_values`, problem: "more than there are options" });
  }
  if (new Set(choices.map((choice) => choice.value)).size < choices.length) {
    problems.push({ at: `${at}.options`, problem: "The specified option value is already used" });
  }
  return problems;
}

/** All components with the path to each. */
function nested(rows: readonly Json[], path = "components"): { part: Json; at: string }[] {
  return rows.flatMap((part, index) => {
    const at = `${path}.${index}`;
    const one = part.component ?? part.accessory;
    return [
      { part, at },
      ...nested((part.components ?? []) as Json[], `${at}.components`),
      ...(one === undefined ? [] : [{ part: one as Json, at: `${at}.component` }]),
    ];
  });
}

function duplicates(parts: readonly { part: Json; at: string }[]): Problem[] {
  return [
    ...repeated(parts, "custom_id", "Component custom id cannot be duplicated"),
    ...repeated(parts, "id", "Component id cannot be duplicated"),
  ];
}

function repeated(parts: readonly { part: Json; at: string }[], key: string, problem: string): Problem[] {
  const seen = new Set<unknown>();
  return parts.flatMap(({ part, at }) => {
    const value = part[key];
    if (value === undefined || value === null || value === 0) return [];
    if (seen.has(value)) return [{ at: `${at}.${key}`, problem }];
    seen.add(value);
    return [];
  });
}

function commandList(list: readonly Json[]): Problem[] {
  const problems = list.flatMap((each, index) => command(each, `${index}.`));
  const names = list.map(({ name, type }) => `${type ?? 1}:${name}`);
  if (new Set(names).size < names.length)
    problems.push({ at: "", problem: "names must be unique in a type" });
  if (list.filter(({ type }) => (type ?? 1) === 1).length > 100)
    problems.push({ at: "", problem: "100 at most" });
  return problems;
}

function command(body: Json, at: string): Problem[] {
  const isSlash = (body.type ?? 1) === 1;
  const problems: Problem[] = [];
  if (isSlash) problems.push(...wording(body, at));
  if (!isSlash && (body.description ?? "") !== "") {
    problems.push({ at: `${at}description`, problem: "a context menu command has none" });
  }
  if (!isSlash && ((body.options ?? []) as Json[]).length > 0) {
    problems.push({ at: `${at}options`, problem: "a context menu command has none" });
  }
  return [...problems, ...options((body.options ?? []) as Json[], at)];
}

function wording(body: Json, at: string): Problem[] {
  const problems: Problem[] = [];
  const names = [body.name, ...Object.values((body.name_localizations ?? {}) as Json)].map(String);
  for (const name of names) {
    const isNamed =
      /^[-_'\p{L}\p{N}\p{sc=Deva}\p{sc=Thai}]{1,32}$/u.test(name) && name === name.toLowerCase();
    if (!isNamed) problems.push({ at: `${at}name`, problem: `"${name}" is not a command's name` });
  }
  const description = String(body.description ?? "");
  if (description.length < 1 || description.length > 100) {
    problems.push({ at: `${at}description`, problem: "Must be between 1 and 100 in length." });
  }
  return problems;
}

function options(list: readonly Json[], at: string): Problem[] {
  const problems = list.flatMap((option, index) => {
    const path = `${at}options.${index}.`;
    const inner = options((option.options ?? []) as Json[], path);
    return [...wording(option, path), ...inner];
  });
  const firstFree = list.findIndex(({ required, type }) => required !== true && Number(type) > 2);
  const lastRequired = list.findLastIndex(({ required }) => required === true);
  if (firstFree >= 0 && lastRequired > firstFree) {
    problems.push({
      at: `${at}options`,
      problem: "Required options must be placed before non-required options",
    });
  }
  const names = list.map(({ name }) => name);
  if (new Set(names).size < names.length)
    problems.push({ at: `${at}options`, problem: "names must be unique" });
  return problems;
}
