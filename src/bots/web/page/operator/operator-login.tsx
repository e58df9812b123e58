import { useState } from "preact/hooks";
import type { OperatorLoginRequest } from "../../protocol.ts";
import { useApp } from "../state/app.ts";

/** Asks for the token that was printed when the bot started. */
export function OperatorLogin() {
  const app = useApp();
  const { words } = app;
  const [problem, setProblem] = useState<string | null>(null);
  const enter = async (token: string) => {
    try {
      const request: OperatorLoginRequest = { token };
      await app.api.post("/api/operator/login", request);
      await app.loadSession();
    } catch (error) {
      setProblem(app.textOf(error));
    }
  };
  return (
    <section class="login">
      <h1>{words.value.plain("page.operator")}</h1>
      <p>{words.value.plain("page.operator.token.how")}</p>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void enter(String(new FormData(event.currentTarget).get("token")).trim());
        }}
      >
        <label for="token">{words.value.plain("page.operator.token")}</label>
        <input id="token" name="token" type="password" autocomplete="off" required />
        {problem && (
          <p class="problem" role="alert">
            {problem}
          </p>
        )}
        <button type="submit" class="primary">
          {words.value.plain("page.enter")}
        </button>
      </form>
    </section>
  );
}
