import type { OperatorLoginRequest } from "../../protocol.ts";
import { EntryForm } from "../entry-form.tsx";
import { useApp } from "../state/app.ts";

/** Asks for the token that was printed when the bot started. */
export function OperatorLogin() {
  const { words, api } = useApp();
  const enter = (data: FormData) => {
    const request: OperatorLoginRequest = { token: String(data.get("token")).trim() };
    return api.post("/api/operator/login", request);
  };
  return (
    <EntryForm
      title={words.value.plain("page.operator")}
      how={words.value.plain("page.operator.token.how")}
      enter={enter}
    >
      <label for="token">{words.value.plain("page.operator.token")}</label>
      <input id="token" name="token" type="password" autocomplete="off" required />
    </EntryForm>
  );
}
