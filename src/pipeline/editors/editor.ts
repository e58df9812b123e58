import type { GridMask } from "../image/picture.ts";

/** A picture at an editor's own size. */
export interface EditorPicture {
  readonly width: number;
  readonly height: number;
  /** `width * height * 3` bytes, row-major. */
  readonly rgb: Uint8Array;
}

/** What stays the same over all that is edited for one request. */
export interface EditorRequest {
  /** What the picture is to show; to InstructPix2Pix an instruction. */
  readonly prompt: string;
  /** What the picture shows, as a text; empty where nobody knows. */
  readonly source: string;
  readonly negative: string;
  /** Classifier-free guidance scale towards the prompt; 1 switches it off. */
  readonly guidance: number;
  readonly seed: number;
}

export interface EditorOptions {
  /** Sampling steps of a whole schedule. */
  readonly steps: number;
  readonly signal?: AbortSignal | undefined;
  /** Called after each pass of the UNet with the number done, 1 to all that are taken. */
  readonly onStep?: ((done: number, all: number) => void) | undefined;
  /** Called with the latents after each step from noise to the result; they are not to be changed. */
  readonly onLatents?: ((latents: Float32Array) => void) | undefined;
}

export interface EditedPicture {
  /** As many bytes as the picture that was given has. */
  readonly rgb: Uint8Array;
  /** Where the editor decided to edit; `null` where it decides nothing of the kind. */
  readonly mask: GridMask | null;
}

/** Edits of one request: text states are computed once and live as long as it does. */
export interface Editing {
  /**
   * Edits the whole picture.
   * @throws EditError `cancelled` between two steps once the signal is aborted; `inversion-diverged`, `out-of-memory`
   */
  edit(picture: EditorPicture, options: EditorOptions): Promise<EditedPicture>;
}

/**
 * A method that edits the whole picture, without a box: what the paper's learned regions were compared with. One file beside this
 * one for each; `conformance.ts` in the tests says what all owe.
 */
export interface Editor extends AsyncDisposable {
  readonly name: string;
  /** The side of the pictures that it edits best, in pixels. */
  readonly side: number;
  /** Sides of pictures are best a multiple of this. */
  readonly multiple: number;
  begin(request: EditorRequest, signal?: AbortSignal): Promise<Editing>;
}
