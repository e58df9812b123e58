import { useEffect, useRef, useState } from "preact/hooks";
import { useApp } from "../state/app.ts";
import { type Suggestion, suggestionsFor } from "./completion.ts";
import { ComposerPicture } from "./composer-picture.tsx";
import type { ComposerState } from "./composer-state.ts";
import { pictureIn } from "./picture.ts";

/** Where one types: commands complete as they are typed; a picture is chosen, dropped or pasted. */
export function Composer({ composer }: { readonly composer: ComposerState }) {
  const app = useApp();
  const { words, session, connection } = app;
  const field = useRef<HTMLInputElement>(null);
  const file = useRef<HTMLInputElement>(null);
  const [caret, setCaret] = useState(composer.text.value.length);
  const [chosen, setChosen] = useState(0);
  const [isClosed, setClosed] = useState(false);
  const text = composer.text.value;
  const suggestions = isClosed ? [] : suggestionsFor(text, caret, session.value?.commands ?? []).slice(0, 8);
  const marked = suggestions[Math.min(chosen, suggestions.length - 1)];

  const take = (suggestion: Suggestion) => {
    composer.text.value = suggestion.line;
    setCaret(suggestion.caret);
    setChosen(0);
    requestAnimationFrame(() => {
      field.current?.focus();
      field.current?.setSelectionRange(suggestion.caret, suggestion.caret);
    });
  };
  const byKey = (event: KeyboardEvent) => {
    if (event.isComposing) return;
    if (marked && event.key === "Tab" && !event.shiftKey) {
      event.preventDefault();
      take(marked);
    } else if (suggestions.length > 0 && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      event.preventDefault();
      const step = event.key === "ArrowDown" ? 1 : -1;
      setChosen((chosen + step + suggestions.length) % suggestions.length);
    } else if (suggestions.length > 0 && event.key === "Escape") {
      setClosed(true);
    } else if (event.key === "Escape") {
      // The keys are the results' then.
      field.current?.blur();
    } else if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      // A command that is not typed to its end is completed first.
      if (marked && !text.includes(" ")) take(marked);
      else void composer.send();
    }
  };
  const typed = (element: HTMLInputElement) => {
    composer.text.value = element.value;
    setCaret(element.selectionStart ?? element.value.length);
    setChosen(0);
    setClosed(false);
  };
  useEffect(() => {
    // A slash begins a command from anywhere.
    const begin = (event: KeyboardEvent) => {
      const target = event.target as HTMLElement | null;
      if (event.key !== "/" || target?.closest("input, textarea, select, dialog")) return;
      event.preventDefault();
      if (composer.text.value === "") composer.text.value = "/";
      field.current?.focus();
      setCaret(composer.text.value.length);
    };
    addEventListener("keydown", begin);
    return () => removeEventListener("keydown", begin);
  }, [composer]);
  const isLost = connection.value === "lost";

  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault();
        void composer.send();
      }}
      onPaste={(event) => {
        const pasted = pictureIn(event.clipboardData);
        if (!pasted) return;
        event.preventDefault();
        void composer.take(pasted);
      }}
    >
      {suggestions.length > 0 && (
        <div
          class="suggestions"
          role="listbox"
          id="suggestions"
          aria-label={words.value.plain("page.suggestions")}
        >
          {suggestions.map((each, index) => (
            // biome-ignore lint/a11y/useKeyWithClickEvents: the text field has the keys, as a combobox does.
            // biome-ignore lint/a11y/useFocusableInteractive: the text field keeps the focus, as a combobox does.
            <div
              key={each.label}
              id={`suggestion-${index}`}
              role="option"
              aria-selected={each === marked}
              onMouseDown={(event) => event.preventDefault()}
              onClick={() => take(each)}
            >
              <code>{each.label}</code> <span class="faint">{each.description}</span>
            </div>
          ))}
        </div>
      )}
      {composer.problem.value && (
        <p class="problem" role="alert">
          {composer.problem.value}
        </p>
      )}
      {composer.picture.value && <ComposerPicture composer={composer} picture={composer.picture.value} />}
      <div class="composer-line">
        <button
          type="button"
          class="attach"
          aria-label={words.value.plain("page.choose")}
          title={words.value.plain("page.choose")}
          onClick={() => file.current?.click()}
        >
          <svg viewBox="0 0 24 24" aria-hidden="true">
            <rect x="3.5" y="5" width="17" height="14" rx="2.5" />
            <circle cx="9" cy="10" r="1.6" />
            <path d="m4.5 17.5 5-4.5 3 2.5 3.5-4 4 5" />
          </svg>
        </button>
        <input
          ref={file}
          type="file"
          hidden
          accept="image/png,image/jpeg,image/webp,image/avif,.heic"
          onChange={(event) => {
            const [picked] = event.currentTarget.files ?? [];
            event.currentTarget.value = "";
            if (picked) void composer.take(picked);
          }}
        />
        <input
          ref={field}
          type="text"
          autocomplete="off"
          value={text}
          role="combobox"
          aria-expanded={suggestions.length > 0}
          aria-controls="suggestions"
          aria-autocomplete="list"
          aria-activedescendant={marked ? `suggestion-${suggestions.indexOf(marked)}` : undefined}
          aria-label={words.value.plain("page.type")}
          placeholder={words.value.plain("page.type.example")}
          maxLength={4000}
          onInput={(event) => typed(event.currentTarget)}
          onSelect={(event) => setCaret(event.currentTarget.selectionStart ?? 0)}
          onKeyDown={byKey}
        />
        <button
          type="submit"
          class="primary send"
          disabled={text.trim() === "" || composer.isSending.value || isLost}
          aria-label={words.value.plain("page.send")}
        >
          <svg viewBox="0 0 24 24" aria-hidden="true">
            <path d="M12 19V5m-6 6 6-6 6 6" />
          </svg>
        </button>
      </div>
    </form>
  );
}
