import type { ErrorCode } from "../../errors.ts";

/** What a child process is told. Orders are numbered by the parent; several may be open at a time. */
export type ToChild<Order> =
  | { readonly kind: "order"; readonly id: number; readonly order: Order }
  | { readonly kind: "cancel"; readonly id: number }
  | { readonly kind: "shutdown" };

/** What a child process tells: any number of events, then one answer or one failure for each order. */
export type FromChild<Event, Answer> =
  | { readonly kind: "event"; readonly id: number; readonly event: Event }
  | { readonly kind: "answer"; readonly id: number; readonly answer: Answer }
  | Failure;

/** An order that came to nothing. */
export interface Failure {
  readonly kind: "failure";
  readonly id: number;
  readonly code: ErrorCode;
  readonly message: string;
  /** As in `EditError`. */
  readonly setting: string | null;
  /** Stack and causes: for the operator's log, never for the person who asked. */
  readonly detail: string;
  /** The process ends with this failure, and begins no order that it was sent meanwhile. */
  readonly isLast: boolean;
}
