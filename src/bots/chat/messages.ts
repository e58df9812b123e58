import type { RichText } from "../../locales/rich-text.ts";
import type { MessageRef } from "./places.ts";

// What the bot shows.

export interface ChatMessage {
  readonly text: RichText;
  readonly pictures: readonly ChatPicture[];
  /**
   * `pair`: of three pictures the first stands above the others, which stand side by side; where `Capabilities.showsPairs`.
   * `gallery`: pictures of equal rank, shown together in whatever way the platform has for that.
   */
  readonly layout?: "pair" | "gallery";
  /** A text file, of answers to one member alone: where a chat shows none there, it comes as a direct message. */
  readonly document?: ChatDocument;
  /** Rows of buttons. */
  readonly buttons: readonly (readonly ChatButton[])[];
}

/** A page that one member alone sees, on platforms that have one. */
export interface ChatHome {
  /** At most 40; of each a heading, or text with what can be done. */
  readonly sections: readonly ChatHomeSection[];
}

export type ChatHomeSection =
  | { readonly heading: string }
  | {
      readonly text: RichText;
      /** At most 5. */
      readonly buttons: readonly ChatButton[];
      /** Leads to a message, under this label. */
      readonly link?: { readonly message: MessageRef; readonly label: string };
    };

/** A picture to post: a file of ours. */
export interface ChatPicture {
  /** Absolute path. */
  readonly path: string;
  readonly fileName: string;
  readonly alt: string;
  /** Shown on a click only. */
  readonly isSpoiler: boolean;
}

/** A text file to give out, such as a table. */
export interface ChatDocument {
  /** Absolute path. */
  readonly path: string;
  readonly fileName: string;
}

export interface ChatButton {
  /** At most 100 characters. */
  readonly id: string;
  /** At most 75 characters. */
  readonly label: string;
  readonly emoji?: string;
  readonly style: "primary" | "secondary" | "danger";
}

export interface Modal {
  /** At most 100 characters. */
  readonly id: string;
  /** At most 24 characters. */
  readonly title: string;
  /** At most 24 characters. */
  readonly submit: string;
  /** At most 5. */
  readonly fields: readonly ModalField[];
}

export type ModalField = {
  readonly name: string;
  /** At most 45 characters. */
  readonly label: string;
  /** Below the label, at most 100 characters. */
  readonly hint?: string;
} & (
  | {
      readonly kind: "text";
      readonly value: string;
      readonly placeholder: string;
      readonly isRequired: boolean;
      readonly maxLength: number;
      readonly isLong: boolean;
    }
  /** One picture; on platforms without `picturesInModals` it is left out. */
  | { readonly kind: "picture"; readonly isRequired: boolean }
  /** One of these; the one that is on is chosen at first. */
  | {
      readonly kind: "choice";
      readonly choices: readonly { readonly value: string; readonly label: string; readonly isOn: boolean }[];
    }
  /** Any number of these. */
  | {
      readonly kind: "toggles";
      readonly choices: readonly { readonly value: string; readonly label: string; readonly isOn: boolean }[];
    }
);
