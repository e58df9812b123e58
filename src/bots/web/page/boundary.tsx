import type { ComponentChildren } from "preact";
import { useErrorBoundary } from "preact/hooks";
import { useApp } from "./state/app.ts";

/** Holds what breaks in a part of the page: the rest stays, and the part can be drawn again. */
export function Boundary({ children }: { readonly children: ComponentChildren }) {
  const { words } = useApp();
  const [error, reset] = useErrorBoundary((thrown: unknown) => console.error(thrown));
  if (error === undefined) return <>{children}</>;
  return (
    <div class="broken" role="alert">
      <p>{words.value.plain("page.broken")}</p>
      <button type="button" onClick={reset}>
        {words.value.plain("page.broken.again")}
      </button>
    </div>
  );
}
