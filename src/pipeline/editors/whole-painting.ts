import type { GridMask } from "../image/picture.ts";
import type { Frame, Painting } from "../inpainters/inpainter.ts";
import { required } from "../nets/required.ts";
import type { EditedPicture, Editing } from "./editor.ts";

/** A painting whose every frame is the whole picture. */
export interface WholePainting extends Painting {
  /** Where the method decided to edit: of one that decides so, once it has painted. */
  readonly decided: GridMask | null;
}

/**
 * A method as an inpainter whose every frame is the whole picture: it is edited once, in so many steps, whatever boxes are cut out of
 * it and however many steps they ask for.
 */
export function createWholePainting(editing: Editing, { steps }: { readonly steps: number }): WholePainting {
  let edited: Promise<EditedPicture> | null = null;
  let decided: GridMask | null = null;
  return {
    get decided() {
      return decided;
    },
    async paint(frames: readonly Frame[], { signal, onStep }) {
      if (frames.length === 0) return [];
      edited ??= editing.edit(required(frames[0], "a frame"), { steps, signal, onStep });
      const { rgb, mask } = await edited;
      decided = mask;
      return frames.map(() => rgb);
    },
    async [Symbol.asyncDispose]() {},
  };
}
