import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { useApp } from "./state/app.ts";

export interface EntryFormProps {
  readonly title: string;
  /** What is asked for, and where it comes from. */
  readonly how: string;
  /** Sends what was filled in; what it throws is told in the form. */
  enter(data: FormData): Promise<unknown>;
  /** Labels and inputs. */
  readonly children: ComponentChildren;
}

/** A form that lets somebody in: the session is asked for anew once it was taken. */
export function EntryForm({ title, how, enter, children }: EntryFormProps) {
  const app = useApp();
  const [problem, setProblem] = useState<string | null>(null);
  const send = async (data: FormData) => {
    try {
      await enter(data);
      await app.loadSession();
    } catch (error) {
      setProblem(app.textOf(error));
    }
  };
  return (
    <section class="login">
      <h1>{title}</h1>
      <p>{how}</p>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void send(new FormData(event.currentTarget));
        }}
      >
        {children}
        {problem && (
          <p class="problem" role="alert">
            {problem}
          </p>
        )}
        <button type="submit" class="primary">
          {app.words.value.plain("page.enter")}
        </button>
      </form>
    </section>
  );
}
