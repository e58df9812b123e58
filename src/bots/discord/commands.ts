import {
  type APIApplicationCommandBasicOption,
  ApplicationCommandType,
  ApplicationIntegrationType,
  InteractionContextType,
  ApplicationCommandOptionType as Kind,
  Locale,
  PermissionFlagsBits,
  type RESTPutAPIApplicationCommandsJSONBody,
} from "discord.js";
import { choiceLabel } from "../../locales/words.ts";
import {
  type CommandSpec,
  markCheckName,
  messageActionName,
  type OptionSpec,
} from "../commands/command-spec.ts";

import { isSuggested } from "./incoming/suggestions.ts";

/** The text of `command.NAME`, `option.NAME` or `action.edit` in a language; in the standard one where `null`. */
export type Describe = (key: string, locale: string | null) => string;

export interface CommandTexts {
  readonly specs: readonly CommandSpec[];
  readonly describe: Describe;
  /** Languages that `describe` knows, as BCP 47 tags. */
  readonly locales: readonly string[];
  /** People may add the app to their account, and use it where it is not. Default false. */
  readonly forUsers?: boolean;
}

type Body = RESTPutAPIApplicationCommandsJSONBody[number];

const servers = [InteractionContextType.Guild];
const everywhere = [...servers, InteractionContextType.BotDM];
const { GuildInstall, UserInstall } = ApplicationIntegrationType;

/** Where a command is found; what is for admins in servers alone. */
function offered({ forUsers = false }: CommandTexts, isHeldBack: boolean) {
  if (isHeldBack) return { contexts: servers, integration_types: [GuildInstall] };
  if (!forUsers) return { contexts: everywhere, integration_types: [GuildInstall] };
  const contexts = [...everywhere, InteractionContextType.PrivateChannel];
  return { contexts, integration_types: [GuildInstall, UserInstall] };
}

/**
 * Discord's commands: one for each first word, with the second as subcommand, and the message commands. Names stay as they
 * are, so that what `/help` says can be typed; descriptions come in the reader's language.
 */
export function commandBodiesOf(texts: CommandTexts): Body[] {
  const names = [...new Set(texts.specs.map(({ name }) => firstWord(name)))];
  const { describe, locales } = texts;
  return [
    ...names.map((name) => slashCommand(name, texts)),
    {
      type: ApplicationCommandType.Message,
      name: messageActionName,
      name_localizations: localized((locale) => describe("action.edit", locale).slice(0, 32), locales),
      ...offered(texts, false),
    },
    {
      type: ApplicationCommandType.Message,
      name: markCheckName,
      name_localizations: localized((locale) => describe("action.marks", locale).slice(0, 32), locales),
      ...offered(texts, false),
    },
  ];
}

/** True of a command that is offered to whoever may manage the server, until its admins say otherwise. */
export function isForAdmins(name: string, specs: readonly CommandSpec[]): boolean {
  const group = specs.filter((spec) => firstWord(spec.name) === name);
  return group.length > 0 && group.every((spec) => spec.isForAdmins);
}

function slashCommand(name: string, texts: CommandTexts): Body {
  const group = texts.specs.filter((spec) => firstWord(spec.name) === name);
  const own = group.find((spec) => spec.name === name);
  const isHeldBack = isForAdmins(name, texts.specs);
  return {
    type: ApplicationCommandType.ChatInput,
    name,
    ...described(`command.${name}`, texts),
    options: own
      ? optionsOf(own, texts)
      : group.map((spec) => ({
          type: Kind.Subcommand,
          name: spec.name.slice(name.length + 1),
          ...described(`command.${spec.name}`, texts),
          options: optionsOf(spec, texts),
        })),
    default_member_permissions: isHeldBack ? PermissionFlagsBits.ManageGuild.toString() : null,
    ...offered(texts, isHeldBack),
  };
}

/** Discord wants required options first. */
function optionsOf({ options }: CommandSpec, texts: CommandTexts): APIApplicationCommandBasicOption[] {
  return options
    .toSorted((a, b) => Number(b.isRequired ?? false) - Number(a.isRequired ?? false))
    .map((option) => ({ ...formOf(option, texts.locales), ...described(`option.${option.name}`, texts) }));
}

type Form = APIApplicationCommandBasicOption extends infer Option
  ? Option extends unknown
    ? Omit<Option, "description" | "description_localizations">
    : never
  : never;

function formOf(option: OptionSpec, locales: readonly string[]): Form {
  const common = { name: option.name, required: option.isRequired ?? false };
  switch (option.kind) {
    case "text":
      return {
        ...common,
        type: Kind.String,
        max_length: option.maxLength,
        ...(isSuggested(option) && { autocomplete: true }),
      };
    case "choice":
      if (isSuggested(option)) return { ...common, type: Kind.String, autocomplete: true };
      return {
        ...common,
        type: Kind.String,
        choices: option.choices.map((value) => ({
          value,
          name: choiceLabel(option.name, value, null),
          name_localizations: localized((locale) => choiceLabel(option.name, value, locale), locales),
        })),
      };
    case "whole":
      return { ...common, type: Kind.Integer, min_value: option.range[0], max_value: option.range[1] };
    case "flag":
      return { ...common, type: Kind.Boolean };
    case "picture":
      return { ...common, type: Kind.Attachment };
    case "member":
      return { ...common, type: Kind.User };
    case "group":
      return { ...common, type: Kind.Role };
    case "channel":
      return { ...common, type: Kind.Channel };
  }
}

function described(key: string, { describe, locales }: CommandTexts) {
  const text = (locale: string | null) => describe(key, locale).slice(0, 100);
  return { description: text(null), description_localizations: localized(text, locales) };
}

/** By Discord's own tags, several of which may share a language: `es` serves `es-ES` and `es-419`. */
function localized(
  text: (locale: string) => string,
  locales: readonly string[],
): Partial<Record<Locale, string>> {
  const tags = Object.values(Locale);
  return Object.fromEntries(
    locales.flatMap((locale) =>
      tags
        .filter((tag) => tag === locale || tag.split("-")[0] === locale)
        .map((tag) => [tag, text(locale)] as const),
    ),
  );
}

function firstWord(name: string): string {
  return name.split(" ")[0] ?? name;
}
