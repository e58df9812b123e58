import { useEffect, useState } from "preact/hooks";
import type { ChatButton } from "../../../chat.ts";
import type { PageAnswer } from "../../protocol.ts";
import { useApp } from "../state/app.ts";
import { RichTextView } from "./rich-text.tsx";

/** The keys of a pair's buttons, in their order: the left one, a tie, the right one. */
const keys = ["ArrowLeft", "ArrowDown", "ArrowRight"] as const;
const signs = ["←", "↓", "→"] as const;

/** Two results side by side below the picture they were made from, with a big button for each; also by arrow keys. */
export function Pair({ answer }: { readonly answer: PageAnswer }) {
  const app = useApp();
  const [isChosen, setChosen] = useState(false);
  const [source, left, right] = answer.pictures;
  const [row = []] = answer.buttons;
  const choose = ({ id }: ChatButton) => {
    if (isChosen) return;
    setChosen(true);
    // It is replaced by the next one; where that fails, it can be tried again.
    void app.press(id, null, answer.room, answer.id).finally(() => setTimeout(() => setChosen(false), 3000));
  };
  useArrowKeys((index) => {
    const button = row[index];
    if (button) choose(button);
  });
  return (
    <div class="pair">
      <p class="text">
        <RichTextView text={answer.text} names={answer.names} />
      </p>
      {source && <Shown picture={source} name="pair-source" />}
      {left && <Shown picture={left} name="pair-left" />}
      {right && <Shown picture={right} name="pair-right" />}
      <div class="pair-buttons">
        {row.map((button, index) => (
          <button
            type="button"
            key={button.id}
            class={button.style}
            disabled={isChosen}
            aria-keyshortcuts={keys[index]}
            onClick={() => choose(button)}
          >
            {button.label}
            <span class="pair-key" aria-hidden="true">
              {signs[index]}
            </span>
          </button>
        ))}
      </div>
    </div>
  );
}

function Shown({
  picture: { url, alt },
  name,
}: {
  readonly picture: PageAnswer["pictures"][number];
  readonly name: string;
}) {
  return (
    <a class={name} href={url} target="_blank" rel="noreferrer">
      <img src={url} alt={alt} decoding="async" />
    </a>
  );
}

/** Pairs that are shown, the latest at the end: keys are for that one. */
const shown: ((index: number) => void)[] = [];

/** Arrow keys choose, unless somebody types. */
function useArrowKeys(choose: (index: number) => void): void {
  useEffect(() => {
    shown.push(choose);
    if (shown.length === 1) addEventListener("keydown", onKey);
    return () => {
      shown.splice(shown.indexOf(choose), 1);
      if (shown.length === 0) removeEventListener("keydown", onKey);
    };
  });
}

function onKey(event: KeyboardEvent): void {
  const index = keys.findIndex((key) => key === event.key);
  if (index < 0 || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey || event.repeat) return;
  const typed = (event.target as HTMLElement | null)?.closest("input, textarea, select, dialog");
  // In a line that is empty, arrows do nothing else.
  if (typed && !(typed instanceof HTMLInputElement && typed.type === "text" && typed.value === "")) return;
  event.preventDefault();
  shown.at(-1)?.(index);
}
