import type { MethodName } from "../../types.ts";
import type { CommandEvent, Context } from "../context.ts";
import { openEditModal } from "../events/edit-modal.ts";
import { askedOf, sourceNamed } from "../events/picture-source.ts";
import { requestEdit } from "../events/request-edit.ts";
import {
  choicesIn,
  defineEditOption,
  type EditOption,
  isShown,
  offeredChoice,
} from "../intake/edit-options.ts";
import { namedBy, readNamed } from "../intake/named-picture.ts";
import { largestSeed, readBox, readSeed, tidyPrompt } from "../intake/typed-text.ts";
import type { OptionSpec } from "./command-spec.ts";
import { type Command, defineCommand } from "./define-command.ts";
import { type OptionsOf, readOptions } from "./read-options.ts";

/** What members may choose among; the first is taken where none is chosen. */
export interface EditOffer {
  /** None: the pack decides. */
  readonly methods: readonly MethodName[];
}

/**
 * What members may say of an edit besides its words and its picture, the most wanted first. An option is declared here and
 * nowhere else: the command, the form, the words of a mention, the page, `/settings` and what goes on from a result read it. Its
 * texts are `option.NAME` and `modal.NAME` in each catalogue.
 */
export function editOptionsFor({ methods }: EditOffer): readonly EditOption[] {
  const method = { name: "method", kind: "choice", choices: methods } as const;
  return [
    defineEditOption(
      { name: "negative", kind: "text", maxLength: 300 },
      {
        word: "no",
        part: (value) => ({ negative: tidyPrompt(value) }),
        chosenIn: ({ negative }) => negative || null,
      },
    ),
    defineEditOption(
      { name: "source", kind: "text", maxLength: 100 },
      {
        isOfPicture: true,
        part: (value) => ({ source: tidyPrompt(value) || null }),
        chosenIn: ({ source }) => source,
      },
    ),
    defineEditOption(
      { name: "seed", kind: "whole", range: [0, largestSeed] },
      {
        isOfPicture: true,
        read: readSeed,
        part: (seed) => ({ settings: { seed } }),
        chosenIn: ({ settings }) => settings.seed,
      },
    ),
    defineEditOption(method, {
      part: (value) => ({ settings: { method: offeredChoice(method, value) as MethodName } }),
      chosenIn: ({ settings }) => methods.find((each) => each === settings.method) ?? null,
    }),
  ];
}

const options = [
  { name: "prompt", kind: "text", maxLength: 1000, isRequired: true },
  { name: "image", kind: "picture" },
  { name: "overlay", kind: "flag" },
  { name: "private", kind: "flag", isOpen: true },
  { name: "box", kind: "text", maxLength: 40 },
  { name: "from", kind: "text", maxLength: 500 },
  { name: "avatar", kind: "member" },
] as const satisfies readonly OptionSpec[];

/** `/edit <prompt> <image>`; where no picture came with it and none is named, a modal asks for one. */
export function editCommandFor(editOptions: readonly EditOption[]): Command {
  return defineCommand({
    name: "edit",
    options: [...options, ...editOptions.filter(isShown).map(({ spec }) => spec)],
    isForAdmins: false,
    async run(context) {
      const own = readOptions(options, context.event.options);
      if (own.failure === null) await run(context, own.options);
    },
  });
}

async function run(
  context: Context<CommandEvent>,
  { prompt: typed, overlay, private: isPrivate, box: typedBox, from, avatar }: OptionsOf<typeof options>,
): Promise<void> {
  const { event, platform, services } = context;
  const box = readBox(typedBox ?? "");
  const choices = choicesIn(event.options, services.editOptions);
  const said = event.pictures.length > 0 || from || avatar ? { text: typed, named: null } : readNamed(typed);
  const named = from ? namedBy(from) : avatar ? ({ kind: "avatar", member: avatar } as const) : said.named;
  const prompt = said.text;
  if (event.pictures.length === 0 && !named && platform.capabilities.picturesInModals) {
    return openEditModal(
      context,
      { picture: null, others: [], replyTo: null },
      { prompt: tidyPrompt(prompt), choices, overlay, private: isPrivate },
      box,
    );
  }
  await event.respond.acknowledge();
  await requestEdit(context, {
    ...{ prompt, choices, isPrivate, box },
    showsBox: overlay,
    ...(named && event.pictures.length === 0
      ? await askedOf(context, await sourceNamed(context, named, null))
      : { pictures: event.pictures }),
  });
}
