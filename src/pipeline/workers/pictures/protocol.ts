import { type ErrorCode, errorCodes } from "../../../errors.ts";
import type { FitOrder, Fitted } from "./fit.ts";

/** One thing to do for the main process. */
export type PictureOrder =
  | { readonly kind: "inspect"; readonly file: string }
  | ({ readonly kind: "fit" } & FitOrder);

/** What a picture is, upright. */
export interface Inspected {
  readonly width: number;
  readonly height: number;
  /** Of its 8-bit sRGB pixels, as `edit.json` states it. */
  readonly sha256: string;
}

/** What the main process tells the picture worker. Several orders may be open at a time. */
export type ToPictureWorker =
  | { readonly kind: "order"; readonly id: number; readonly order: PictureOrder }
  | { readonly kind: "cancel"; readonly id: number }
  | { readonly kind: "shutdown" };

/** What the picture worker answers: once for each order. */
export type FromPictureWorker =
  | { readonly kind: "inspected"; readonly id: number; readonly inspected: Inspected }
  | { readonly kind: "fitted"; readonly id: number; readonly fitted: Fitted }
  | {
      readonly kind: "failure";
      readonly id: number;
      readonly code: ErrorCode;
      readonly message: string;
      /** Stack and causes: for the operator's log, never for the person who asked. */
      readonly detail: string;
    };

/** True of what a picture worker of this version sends. */
export function isFromPictureWorker(message: unknown): message is FromPictureWorker {
  if (!(message instanceof Object) || !("kind" in message) || !("id" in message)) return false;
  if (message.kind === "failure")
    return "code" in message && errorCodes.some((code) => code === message.code);
  return message.kind === "inspected" || message.kind === "fitted";
}
