import { useApp } from "../state/app.ts";
import type { ComposerState } from "./composer-state.ts";

/** Where nothing was said yet: what the page does, and pictures to begin with. */
export function Welcome({ composer }: { readonly composer: ComposerState }) {
  const { words, session } = useApp();
  const examples = session.value?.examples ?? [];
  return (
    <section class="welcome">
      <h1>{words.value.plain("page.welcome")}</h1>
      <p>{words.value.plain("page.welcome.how")}</p>
      {examples.length > 0 && (
        <ul class="examples" aria-label={words.value.plain("page.examples")}>
          {examples.map((example) => (
            <li key={example.name}>
              <button type="button" onClick={() => composer.takeExample(example)}>
                <img src={example.url} alt="" />
                <span>{example.prompt}</span>
              </button>
            </li>
          ))}
        </ul>
      )}
      <p class="faint">{words.value.plain("page.welcome.kept", { days: session.value?.keepDays ?? 0 })}</p>
    </section>
  );
}
