import { useState } from "preact/hooks";
import { useApp } from "../state/app.ts";

/** A button that asks once more before it does what cannot be undone. */
export function Sure({ label, onSure }: { readonly label: string; readonly onSure: () => void }) {
  const { words } = useApp();
  const [isAsked, setAsked] = useState(false);
  if (!isAsked) {
    return (
      <button type="button" onClick={() => setAsked(true)}>
        {label}
      </button>
    );
  }
  return (
    <span class="sure">
      <button
        type="button"
        class="danger"
        onClick={() => {
          setAsked(false);
          onSure();
        }}
      >
        {words.value.plain("page.sure", { what: label })}
      </button>
      <button type="button" onClick={() => setAsked(false)}>
        {words.value.plain("page.box.leave")}
      </button>
    </span>
  );
}
