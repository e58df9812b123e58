import type { Box } from "../../types.ts";
import type { Rgb } from "../image/picture.ts";

/** A square or rectangular cut of the picture at the model's own size, and the box in it to repaint. */
export interface Frame {
  readonly width: number;
  readonly height: number;
  /** `width * height * 3` bytes, row-major. */
  readonly rgb: Uint8Array;
  /** In pixels of this frame; whole pixels, inside it. */
  readonly box: Box;
  /** Two frames with the same key hold the same pixels and box: what was encoded for one serves the other. */
  readonly key: string;
}

/** What stays the same over all paintings of one edit. */
export interface PaintingRequest {
  readonly prompt: string;
  readonly negative: string;
  /** A picture of what is meant, beside the text; for inpainters that `takesReference`. */
  readonly shown?: Rgb | null;
  /** Classifier-free guidance scale; 1 switches guidance off. */
  readonly guidance: number;
  /** The part of the noise schedule that is sampled, above 0 to 1. */
  readonly strength: number;
  /** One noise tensor per edit and frame size comes from it, so that losses compare boxes and not luck. */
  readonly seed: number;
}

/** A draft has few sampling steps. */
export type Quality = "draft" | "full";

export interface PaintOptions {
  /** Sampling steps of a whole schedule; `strength` cuts them. */
  readonly steps: number;
  /** A draft is scored and shown small: what is painted may be decoded in a cheaper way. Default `full`. */
  readonly quality?: Quality | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called after each sampling step with the number done, 1 to all that are taken. */
  readonly onStep?: ((done: number, all: number) => void) | undefined;
}

/** What a model paints that knows classes and no sentences. */
export interface PaintedClass {
  readonly class: string;
  /** How sure it is that the prompt means it, 0 to 1. */
  readonly confidence: number;
}

/** The paintings of one edit: text states and source latents are computed once and live as long as it does. */
export interface Painting extends AsyncDisposable {
  /** Of a model that paints classes. */
  readonly painted?: PaintedClass;
  /**
   * Repaints the box of every frame, all frames in as few batches as memory allows, and gives the frames' new
   * pixels, `width * height * 3` bytes each, in order. Pixels outside a frame's box carry no meaning.
   * @throws EditError `cancelled` between two steps once the signal is aborted; `out-of-memory`.
   */
  paint(frames: readonly Frame[], options: PaintOptions): Promise<Uint8Array[]>;
}

/** An editing model. One file beside this one for each; `conformance.ts` in the tests says what all owe. */
export interface Inpainter extends AsyncDisposable {
  readonly name: string;
  /** The side of the frames that it paints best, in pixels. */
  readonly side: number;
  /** The side of the frames that it drafts, at most `side`; `side` where it is left out. */
  readonly draftSide?: number;
  /** Frame sides and boxes are best a multiple of this. */
  readonly multiple: number;
  /** Whether it is given `shown` where there is one. Default false. */
  readonly takesReference?: boolean;
  begin(request: PaintingRequest, signal?: AbortSignal): Promise<Painting>;
}
