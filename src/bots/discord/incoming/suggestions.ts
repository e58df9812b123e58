import {
  type APIApplicationCommandAutocompleteInteraction,
  type APICommandAutocompleteInteractionResponseCallbackData,
  ApplicationCommandOptionType,
} from "discord.js";
import { choiceLabel } from "../../../locales/words.ts";
import type { CommandSpec, OptionSpec } from "../../commands/command-spec.ts";
import { listedValues } from "../../listed-values.ts";

/** What Discord shows of a list; longer ones are searched while a member types. */
export const maxListed = 25;

/** Whether Discord asks what may stand in an option while a member types it. */
export function isSuggested(option: OptionSpec): boolean {
  if (option.kind === "text") return option.known !== undefined;
  return option.kind === "choice" && option.choices.length > maxListed;
}

/** What an option that is being typed can become. https://discord.com/developers/docs/interactions/application-commands#autocomplete */
export function suggestionsFor(
  { data, locale }: APIApplicationCommandAutocompleteInteraction,
  specs: readonly CommandSpec[],
): APICommandAutocompleteInteractionResponseCallbackData {
  const path = [data.name];
  let given = data.options;
  for (let [first] = given; first?.type === ApplicationCommandOptionType.Subcommand; [first] = given) {
    path.push(first.name);
    given = first.options ?? [];
  }
  const typed = given.find((each) => "focused" in each && each.focused === true);
  const spec = specs.find(({ name }) => name === path.join(" "));
  const option = spec?.options.find(({ name }) => name === typed?.name);
  const begun = typed && "value" in typed ? String(typed.value).toLowerCase() : "";
  return {
    choices: !option
      ? []
      : listedValues(option)
          .map((value) => ({ value, name: choiceLabel(option.name, value, locale.split("-")[0] ?? null) }))
          .filter(({ value, name }) => [value, name].some((each) => each.toLowerCase().includes(begun)))
          .slice(0, maxListed),
  };
}
