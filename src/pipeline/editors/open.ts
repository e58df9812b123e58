import type { MethodName } from "../../types.ts";
import { beginDiffEdit } from "./diffedit.ts";
import type { Editing, Editor, EditorRequest } from "./editor.ts";
import { beginInstructPix2Pix } from "./instruct-pix2pix.ts";
import { beginMasactrl, beginMaskedMasactrl } from "./masactrl.ts";
import { beginNegativePrompt } from "./negative-prompt.ts";
import { beginNullText } from "./null-text.ts";
import { beginPlugAndPlay } from "./plug-and-play.ts";
import type { EditorParts } from "./streams.ts";

/** Methods that edit the whole picture. */
export type EditorName = Exclude<MethodName, "regions">;

/** A method's line. */
const beginnings: Record<EditorName, (parts: EditorParts, request: EditorRequest) => Promise<Editing>> = {
  "instruct-pix2pix": beginInstructPix2Pix,
  diffedit: beginDiffEdit,
  "negative-prompt": beginNegativePrompt,
  "null-text": beginNullText,
  masactrl: beginMasactrl,
  "masactrl-mask": beginMaskedMasactrl,
  "plug-and-play": beginPlugAndPlay,
};

/** An editor on networks that are open; it disposes of none of them. */
export function openEditor(
  name: EditorName,
  parts: EditorParts,
  { side }: { readonly side: number },
): Editor {
  return {
    name,
    side,
    multiple: parts.autoencoder.factor * parts.unet.multiple,
    begin: (request) => beginnings[name](parts, request),
    async [Symbol.asyncDispose]() {},
  };
}
