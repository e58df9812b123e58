import { readPackName } from "../../pack-name.ts";
import type { MethodName } from "../../types.ts";
import type { CommandEvent, Context } from "../context.ts";
import { openEditModal } from "../events/edit-modal.ts";
import { askedOf, sourceNamed } from "../events/picture-source.ts";
import { requestEdit } from "../events/request-edit.ts";
import { withDefaults } from "../intake/edit-defaults.ts";
import {
  choicesIn,
  defineEditOption,
  type EditOption,
  isShown,
  offeredChoice,
  readWords,
} from "../intake/edit-options.ts";
import { namedBy, readNamed } from "../intake/named-picture.ts";
import { parts, readPart, typedPart } from "../intake/picture-part.ts";
import { largestSeed, readBox, readSeed, tidyPrompt } from "../intake/typed-text.ts";
import type { OptionSpec } from "./command-spec.ts";
import { type Command, defineCommand } from "./define-command.ts";
import { type OptionsOf, readOptions } from "./read-options.ts";

/** What members may choose among; the first is taken where none is chosen. */
export interface EditOffer {
  readonly packs: readonly string[];
  /** LoRAs that the operator named; none of them is taken where none is chosen. */
  readonly styles: readonly string[];
  /** None: the pack decides. */
  readonly methods: readonly MethodName[];
}

export const nothingOffered: EditOffer = { packs: [], styles: [], methods: [] };

/** The choice of no style, where a default names one. */
const noStyle = "none";

/** Places that an edit has by default, and the work that is spent on them in full paintings: those of `parseEditRequest`. */
const standardPlaces = 8;
const standardBudget = 14;

/** How much of the noise schedule is walked: `docs/members.md` shows what each does. */
const strengths: ReadonlyMap<string, number> = new Map([
  ["touch", 0.5],
  ["some", 0.75],
  ["all", 1],
]);
const strength = { name: "strength", kind: "choice", choices: [...strengths.keys()] } as const;

/**
 * What members may say of an edit besides its words and its picture, the most wanted first. An option is declared here and
 * nowhere else: the command, the form, the words of a mention, the page, `/settings` and what goes on from a result read it. Its
 * texts are `option.NAME` and `modal.NAME` in each catalogue.
 */
export function editOptionsFor({ packs, styles, methods }: EditOffer): readonly EditOption[] {
  const pack = { name: "pack", kind: "choice", choices: packs } as const;
  const style = {
    name: "style",
    kind: "choice",
    choices: styles.length > 0 ? [noStyle, ...styles] : [],
  } as const;
  const method = { name: "method", kind: "choice", choices: methods } as const;
  return [
    defineEditOption(
      { name: "negative", kind: "text", maxLength: 300, word: "no" },
      {
        part: (value) => ({ negative: tidyPrompt(value) }),
        chosenIn: ({ negative }) => negative || null,
      },
    ),
    defineEditOption(strength, {
      part: (value) => ({ settings: { strength: strengths.get(offeredChoice(strength, value)) ?? 1 } }),
      chosenIn: ({ settings }) => keyOf(strengths, (each) => each === settings.strength),
    }),
    defineEditOption(
      { name: "where", kind: "text", maxLength: 40, known: [...parts.keys()] },
      {
        read: (typed) => typedPart(readPart(typed)),
        part: (value) => ({ settings: { where: readPart(value) } }),
        chosenIn: ({ settings: { where } }) => (where ? typedPart(where) : null),
      },
    ),
    defineEditOption(
      { name: "results", kind: "whole", range: [1, standardPlaces] },
      {
        // Each place is looked at as closely as it would be among all of them.
        part: (anchors) => ({
          settings: { anchors, budget: Math.max(2, (anchors * standardBudget) / standardPlaces) },
        }),
        chosenIn: ({ settings: { anchors } }) => (anchors < standardPlaces ? anchors : null),
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
    defineEditOption(pack, {
      part: (value) => ({ pack: offeredChoice(pack, value) }),
      chosenIn: (request) => packs.find((each) => each === readPackName(request.pack).pack) ?? null,
    }),
    defineEditOption(style, {
      part: (value) => ({
        style: offeredChoice(style, value) === noStyle ? null : offeredChoice(style, value),
      }),
      chosenIn: (request) => styles.find((each) => each === readPackName(request.pack).style) ?? null,
    }),
    defineEditOption(method, {
      part: (value) => ({ settings: { method: offeredChoice(method, value) as MethodName } }),
      chosenIn: ({ settings }) => methods.find((each) => each === settings.method) ?? null,
    }),
  ];
}

function keyOf<Value>(map: ReadonlyMap<string, Value>, isIt: (value: Value) => boolean): string | null {
  return [...map].find(([, value]) => isIt(value))?.[0] ?? null;
}

const needed = [
  { name: "prompt", kind: "text", maxLength: 1000, isRequired: true },
  { name: "image", kind: "picture" },
] as const satisfies readonly OptionSpec[];
const shown = [
  { name: "overlay", kind: "flag" },
  { name: "private", kind: "flag", isOpen: true },
  { name: "box", kind: "text", maxLength: 40, isNamed: true },
  { name: "from", kind: "text", maxLength: 500, isNamed: true },
  { name: "avatar", kind: "member" },
] as const satisfies readonly OptionSpec[];

const own = [...needed, ...shown] as const;

/** `/edit <prompt> <image>`; where no picture came with it and none is named, a modal asks for one. */
export function editCommandFor(editOptions: readonly EditOption[]): Command {
  return defineCommand({
    name: "edit",
    options: [...needed, ...editOptions.filter(isShown).map(({ spec }) => spec), ...shown],
    isForAdmins: false,
    async run(context) {
      const read = readOptions(own, context.event.options);
      if (read.failure === null) await run(context, read.options);
    },
  });
}

async function run(
  context: Context<CommandEvent>,
  { prompt: typed, overlay, private: isPrivate, box: typedBox, from, avatar }: OptionsOf<typeof own>,
): Promise<void> {
  const { event, platform, services } = context;
  const box = readBox(typedBox ?? "");
  const said = event.pictures.length > 0 || from || avatar ? { text: typed, named: null } : readNamed(typed);
  const named = from ? namedBy(from) : avatar ? ({ kind: "avatar", member: avatar } as const) : said.named;
  const { text, choices: inWords } = readWords(said.text, services.editOptions);
  const prompt = tidyPrompt(text);
  const chosen = { ...inWords, ...choicesIn(event.options, services.editOptions) };
  if (event.pictures.length === 0 && !named && platform.capabilities.picturesInModals) {
    return openEditModal(
      context,
      { picture: null, others: [], replyTo: null },
      { prompt, choices: chosen, overlay, private: isPrivate },
      box,
    );
  }
  await event.respond.acknowledge();
  const choices = await withDefaults(chosen, event, services);
  await requestEdit(context, {
    ...{ prompt, choices, isPrivate, box },
    showsBox: overlay,
    ...(named && event.pictures.length === 0
      ? await askedOf(context, await sourceNamed(context, named, null))
      : { pictures: event.pictures }),
  });
}
