import { render } from "preact";
import type { OperatorLoginRequest } from "../protocol.ts";
import { Shell } from "./shell.tsx";
import { type App, AppProvider, createApp } from "./state/app.ts";
import { loadWords } from "./state/words.ts";

const place = document.getElementById("page");
if (place) await open(place);

/** Draws the page once it is known who looks at it; until the server answers it says so and tries again. */
async function open(page: HTMLElement): Promise<void> {
  const words = await loadWords(navigator.language);
  document.documentElement.lang = words.locale;
  const app = createApp(words);
  for (;;) {
    try {
      await app.loadSession();
      break;
    } catch (error) {
      render(<Away app={app} text={app.textOf(error)} />, page);
      await new Promise((resolve) => setTimeout(resolve, 2000));
    }
  }
  await enterAsOperator(app);
  // The link may also be opened where the page stands already: that loads nothing anew.
  addEventListener("hashchange", () => void enterAsOperator(app));
  page.replaceChildren();
  render(
    <AppProvider value={app}>
      <Shell />
    </AppProvider>,
    page,
  );
}

/** Takes the token out of the link that was printed at start: what stands behind `#` is never sent with an address. */
async function enterAsOperator(app: App): Promise<void> {
  const token = new URLSearchParams(location.hash.slice(1)).get("operator");
  if (token === null) return;
  app.router.go({ view: "operator" });
  history.replaceState(null, "", location.pathname);
  try {
    const request: OperatorLoginRequest = { token };
    await app.api.post("/api/operator/login", request);
    await app.loadSession();
  } catch (error) {
    app.notice.value = app.textOf(error);
  }
}

function Away({ app, text }: { readonly app: App; readonly text: string }) {
  return (
    <main class="opening">
      <h1>Learnable Regions</h1>
      <p role="alert">{text}</p>
      <p class="faint">{app.words.value.plain("page.lost.trying")}</p>
    </main>
  );
}
