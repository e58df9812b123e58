import { useState } from "preact/hooks";
import type { LoginRequest } from "../protocol.ts";
import { useApp } from "./state/app.ts";

/** Asks for a name and the shared password. */
export function Login() {
  const app = useApp();
  const { words, session } = app;
  const [problem, setProblem] = useState<string | null>(null);
  if (session.value?.access === "proxy") {
    return (
      <section class="login">
        <h1>Learnable Regions</h1>
        <p>{words.value.plain("page.login.proxy")}</p>
      </section>
    );
  }
  const enter = async (data: FormData) => {
    const request: LoginRequest = {
      name: String(data.get("name") ?? "").trim(),
      password: String(data.get("password") ?? ""),
    };
    try {
      await app.api.post("/api/login", request);
      await app.loadSession();
    } catch (error) {
      setProblem(app.textOf(error));
    }
  };
  return (
    <section class="login">
      <h1>Learnable Regions</h1>
      <p>{words.value.plain("page.login.how")}</p>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void enter(new FormData(event.currentTarget));
        }}
      >
        <label for="name">{words.value.plain("page.login.name")}</label>
        <input id="name" name="name" type="text" maxLength={40} autocomplete="username" required />
        <label for="password">{words.value.plain("page.login.password")}</label>
        <input id="password" name="password" type="password" autocomplete="current-password" required />
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
