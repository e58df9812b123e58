import type { LoginRequest } from "../protocol.ts";
import { EntryForm } from "./entry-form.tsx";
import { useApp } from "./state/app.ts";

/** Asks for a name and the shared password. */
export function Login() {
  const app = useApp();
  const { words, session } = app;
  if (session.value?.access === "proxy") {
    return (
      <section class="login">
        <h1>Learnable Regions</h1>
        <p>{words.value.plain("page.login.proxy")}</p>
      </section>
    );
  }
  const enter = (data: FormData) => {
    const request: LoginRequest = {
      name: String(data.get("name") ?? "").trim(),
      password: String(data.get("password") ?? ""),
    };
    return app.api.post("/api/login", request);
  };
  return (
    <EntryForm title="Learnable Regions" how={words.value.plain("page.login.how")} enter={enter}>
      <label for="name">{words.value.plain("page.login.name")}</label>
      <input id="name" name="name" type="text" maxLength={40} autocomplete="username" required />
      <label for="password">{words.value.plain("page.login.password")}</label>
      <input id="password" name="password" type="password" autocomplete="current-password" required />
    </EntryForm>
  );
}
