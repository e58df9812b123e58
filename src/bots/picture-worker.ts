import type { CheckedMarks } from "../types.ts";

/** Decodes and encodes pictures in a process of its own; `src/pipeline/workers/pictures/client.ts`. */
export interface PictureWorker {
  /** @throws EditError `picture-*` where it is no picture that can be edited, or takes too much to read */
  inspect(file: string, call: Call): Promise<{ readonly width: number; readonly height: number }>;
  /** A JPEG of a picture that a member sent, without metadata, within so many pixels a side; the size is the picture's own. */
  copy(
    order: {
      readonly file: string;
      readonly maxSide: number;
      /** Its pieces are put in disorder. False by default. */
      readonly isGarbled?: boolean;
      readonly out: string;
    },
    call: Call,
  ): Promise<{ readonly width: number; readonly height: number }>;
  /** One picture of three that are ours: the source above, two results below side by side. */
  sheet(
    order: {
      readonly source: string;
      readonly left: string;
      readonly right: string;
      readonly out: string;
    },
    call: Call,
  ): Promise<void>;
  /** All marks of how a picture came about; `key` is that of the invisible one. */
  checkMarks(order: { readonly file: string; readonly key: string }, call: Call): Promise<CheckedMarks>;
  /** A picture that has at most so many bytes and pixels a side: as it is where it fits, else JPEG, else scaled down. */
  fit(
    order: {
      readonly file: string;
      readonly maxBytes: number;
      readonly maxSide: number | null;
      /** Drawn into its upper left corner. None by default. */
      readonly number?: number | null;
      /** It is a copy in any case, marked as results are. False by default. */
      readonly isCopy?: boolean;
      readonly out: string;
    },
    call: Call,
  ): Promise<Fitted>;
}

interface Call {
  readonly signal: AbortSignal;
  /** `PLATFORM:ID` of whoever waits for it: people take turns. */
  readonly person: string;
}

/** A picture as it was made to fit. */
export interface Fitted {
  readonly file: string;
  readonly format: "png" | "jpeg";
  readonly width: number;
  readonly height: number;
  readonly bytes: number;
  readonly isOriginal: boolean;
  readonly isScaled: boolean;
}
