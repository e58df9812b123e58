import { openEditModal } from "../events/edit-modal.ts";
import { requestEdit } from "../events/request-edit.ts";
import { largestSeed, readBox, tidyPrompt } from "../intake/typed-text.ts";
import { defineCommand } from "./define-command.ts";

/** `/edit <prompt> <image>`; where no picture came with it, a modal asks for one. */
export const editCommand = defineCommand({
  name: "edit",
  options: [
    { name: "prompt", kind: "text", maxLength: 1000, isRequired: true },
    { name: "image", kind: "picture", isRequired: true },
    { name: "source", kind: "text", maxLength: 100 },
    { name: "seed", kind: "whole", range: [0, largestSeed] },
    { name: "overlay", kind: "flag" },
    { name: "private", kind: "flag" },
    { name: "box", kind: "text", maxLength: 40 },
  ],
  isForAdmins: false,
  async run(context, { prompt, source, seed, overlay, private: isPrivate, box: typedBox }) {
    const { event, platform } = context;
    const box = readBox(typedBox ?? "");
    if (event.pictures.length === 0 && platform.capabilities.picturesInModals) {
      return openEditModal(
        context,
        { picture: null, pictureCount: 1, replyTo: null },
        {
          prompt: tidyPrompt(prompt),
          source: tidyPrompt(source ?? ""),
          seed: seed === null ? "" : String(seed),
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
      showsBox: overlay,
      isPrivate,
      pictures: event.pictures,
      box,
    });
  },
});
