import type { MethodName } from "../../types.ts";
import type { CommandEvent, Context } from "../context.ts";
import { openEditModal } from "../events/edit-modal.ts";
import { requestEdit } from "../events/request-edit.ts";
import { hasChoice } from "../intake/method.ts";
import { largestSeed, readBox, tidyPrompt } from "../intake/typed-text.ts";
import type { OptionSpec } from "./command-spec.ts";
import { type Command, defineCommand } from "./define-command.ts";
import type { OptionsOf } from "./read-options.ts";

const options = [
  { name: "prompt", kind: "text", maxLength: 1000, isRequired: true },
  { name: "image", kind: "picture", isRequired: true },
  { name: "source", kind: "text", maxLength: 100 },
  { name: "seed", kind: "whole", range: [0, largestSeed] },
  { name: "overlay", kind: "flag" },
  { name: "private", kind: "flag", isOpen: true },
  { name: "box", kind: "text", maxLength: 40 },
] as const satisfies readonly OptionSpec[];

/**
 * `/edit <prompt> <image>`; where no picture came with it, a modal asks for one.
 * @param methods What members may edit with; it is an option where there is a choice.
 */
export function editCommandFor(methods: readonly MethodName[]): Command {
  const common = { name: "edit", isForAdmins: false } as const;
  if (!hasChoice(methods))
    return defineCommand({ ...common, options, run: (context, asked) => run(context, asked, null) });
  return defineCommand({
    ...common,
    options: [...options, { name: "method", kind: "choice", choices: methods }],
    run: (context, { method, ...asked }) => run(context, asked, method),
  });
}

async function run(
  context: Context<CommandEvent>,
  { prompt, source, seed, overlay, private: isPrivate, box: typedBox }: OptionsOf<typeof options>,
  method: string | null,
): Promise<void> {
  const { event, platform } = context;
  const box = readBox(typedBox ?? "");
  if (event.pictures.length === 0 && platform.capabilities.picturesInModals) {
    return openEditModal(
      context,
      { picture: null, others: [], replyTo: null },
      {
        prompt: tidyPrompt(prompt),
        source: tidyPrompt(source ?? ""),
        seed: seed === null ? "" : String(seed),
        method: method ?? "",
        overlay,
        private: isPrivate,
      },
      box,
    );
  }
  await event.respond.acknowledge();
  await requestEdit(context, {
    prompt,
    source: source || null,
    seed,
    method,
    showsBox: overlay,
    isPrivate,
    pictures: event.pictures,
    box,
  });
}
