import { randomUUID } from "node:crypto";
import type { ChatMessage, Modal, Responder } from "../../chat.ts";
import type { Reply } from "../protocol.ts";

/** How something that a person did is first answered, as the request that brought it waits for. */
export type First = Reply extends infer R ? (R extends Reply ? Omit<R, "id"> : never) : never;

/** A responder, and what comes of it first. */
export interface Exchange {
  readonly id: string;
  readonly responder: Responder;
  /** Resolves with the first answer; when the event was handled without one, with `working`. */
  readonly first: Promise<First>;
  /** The event was handled. */
  end(): void;
}

export interface ExchangeParts {
  /** A form that was sent may stay open. */
  readonly isForm: boolean;
  readonly onAcknowledged: () => void;
  /** Shows an answer to the person alone. `isInPlace`: instead of the one whose button was pressed. */
  readonly show: (exchange: string, message: ChatMessage, isInPlace: boolean) => Promise<void>;
}

/** Answers a request of the page: the first answer goes with the response, what is said comes by the stream of events. */
export function createExchange({ isForm, onAcknowledged, show }: ExchangeParts): Exchange {
  const id = randomUUID();
  let isAnswered = false;
  let answer: (first: First) => void = () => {};
  const first = new Promise<First>((resolve) => {
    answer = resolve;
  });
  const settle = (with_: First): boolean => {
    if (isAnswered) return false;
    isAnswered = true;
    onAcknowledged();
    answer(with_);
    return true;
  };
  return {
    id,
    first,
    end: () => void settle({ kind: "working" }),
    responder: {
      isAlive: true,
      async acknowledge() {
        settle({ kind: "working" });
      },
      async acknowledgeSilently() {
        settle({ kind: "silent" });
      },
      async openModal(modal: Modal) {
        if (!settle({ kind: "form", modal }))
          throw new RangeError("Expected a request that waits, got one that was answered.");
      },
      async refuseFields(texts) {
        return isForm && settle({ kind: "fields", texts });
      },
      async say(message, { isInPlace = false } = {}) {
        settle({ kind: "working" });
        await show(id, message, isInPlace);
      },
    },
  };
}
