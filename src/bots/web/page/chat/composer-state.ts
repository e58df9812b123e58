import { type Signal, signal } from "@preact/signals";
import type { Box } from "../../../../types.ts";
import type { Session } from "../../protocol.ts";
import type { App } from "../state/app.ts";
import { type Picture, sendPicture } from "./picture.ts";

/** What is being typed, and the picture that goes with it. It outlives a dead server and a reload of the page. */
export interface ComposerState {
  readonly text: Signal<string>;
  readonly picture: Signal<Picture | null>;
  /** Where to paint on the picture, as drawn by hand; `null`: the bot finds it. */
  readonly box: Signal<Box | null>;
  /** Why the picture or the line was not taken. */
  readonly problem: Signal<string | null>;
  readonly isSending: Signal<boolean>;
  take(picture: File | string): Promise<void>;
  takeExample(example: Session["examples"][number]): void;
  dropPicture(): void;
  /** Begins to draw where to paint. */
  draw(box: Box): void;
  leaveBox(): void;
  /** Says it. What was typed stays where that fails. */
  send(): Promise<void>;
}

const storageKey = "lrbot.typed";

export function createComposer(app: App): ComposerState {
  let newest = 0;
  const state: ComposerState = {
    text: signal(sessionStorage.getItem(storageKey) ?? ""),
    picture: signal(null),
    box: signal(null),
    problem: signal(null),
    isSending: signal(false),
    async take(given) {
      const own = ++newest;
      const name = typeof given === "string" ? given : given.name;
      const most = app.session.value?.maxUploadBytes ?? Number.POSITIVE_INFINITY;
      state.problem.value = null;
      state.box.value = null;
      // What the server would refuse need not be sent.
      if (typeof given !== "string" && given.size > most) {
        state.problem.value = app.words.value.plain("error.attachment-too-large", {
          megabytes: Math.floor(most / 1e6),
        });
        return;
      }
      state.picture.value = { kind: "sending", name, share: 0 };
      try {
        const upload = await sendPicture(app.api, given, (share) => {
          if (own === newest) state.picture.value = { kind: "sending", name, share };
        });
        if (own === newest) state.picture.value = { kind: "upload", name, upload };
      } catch (error) {
        if (own !== newest) return;
        state.picture.value = null;
        state.problem.value = app.textOf(error);
      }
    },
    takeExample(example) {
      state.dropPicture();
      state.problem.value = null;
      state.picture.value = { kind: "example", example };
      if (state.text.value.trim() === "") state.text.value = `/edit "${example.prompt}"`;
    },
    dropPicture() {
      newest++;
      state.picture.value = null;
      state.box.value = null;
    },
    draw(box) {
      state.box.value = box;
      if (state.text.value.trim() === "") state.text.value = "/edit ";
    },
    leaveBox() {
      state.box.value = null;
      state.problem.value = null;
    },
    async send() {
      const text = state.text.value.trim();
      const picture = state.picture.value;
      const box = state.box.value;
      if (text === "" || state.isSending.value || picture?.kind === "sending") return;
      if (box && !/^\/edit(?:\s|$)/.test(text)) {
        state.problem.value = app.words.value.plain("page.box.needs-edit");
        return;
      }
      state.isSending.value = true;
      state.problem.value = null;
      try {
        await app.say({
          text,
          picture: picture?.kind === "upload" ? picture.upload.id : null,
          example: picture?.kind === "example" ? picture.example.name : null,
          box,
        });
        state.text.value = "";
        state.picture.value = null;
        state.box.value = null;
      } catch (error) {
        state.problem.value = app.textOf(error);
      }
      state.isSending.value = false;
    },
  };
  state.text.subscribe((text) => sessionStorage.setItem(storageKey, text));
  return state;
}
