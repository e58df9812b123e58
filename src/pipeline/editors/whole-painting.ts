import type { Frame, Painting } from "../inpainters/inpainter.ts";
import { required } from "../nets/required.ts";
import type { EditedPicture, Editing } from "./editor.ts";

/**
 * A method as an inpainter whose every frame is the whole picture: it is edited once, in so many steps, whatever boxes are cut out of
 * it and however many steps they ask for.
 */
export function createWholePainting(editing: Editing, { steps }: { readonly steps: number }): Painting {
  let edited: Promise<EditedPicture> | null = null;
  return {
    async paint(frames: readonly Frame[], { signal, onStep }) {
      if (frames.length === 0) return [];
      edited ??= editing.edit(required(frames[0], "a frame"), { steps, signal, onStep });
      const { rgb } = await edited;
      return frames.map(() => rgb);
    },
    async [Symbol.asyncDispose]() {},
  };
}
