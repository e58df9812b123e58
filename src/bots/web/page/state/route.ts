import { type Signal, signal } from "@preact/signals";

/** What the page's address names. */
export type Route =
  | { readonly view: "edits" }
  | { readonly view: "job"; readonly job: string }
  | { readonly view: "operator" };

/** Where the page is, and how it goes elsewhere. */
export interface Router {
  readonly route: Signal<Route>;
  go(route: Route): void;
}

/** The address of a view: a link to a job works for as long as the job is kept. */
export function pathOf(route: Route): string {
  return route.view === "job" ? `/e/${route.job}` : route.view === "operator" ? "/operator" : "/";
}

/** What an address names; the edits where it names nothing. */
export function routeOf(path: string): Route {
  const [, job] = /^\/e\/([a-z0-9]{1,64})\/?$/.exec(path) ?? [];
  if (job) return { view: "job", job };
  return /^\/operator\/?$/.test(path) ? { view: "operator" } : { view: "edits" };
}

export function createRouter(): Router {
  const route = signal(routeOf(location.pathname));
  addEventListener("popstate", () => {
    route.value = routeOf(location.pathname);
  });
  return {
    route,
    go(next) {
      if (pathOf(next) !== location.pathname) history.pushState(null, "", pathOf(next));
      route.value = next;
    },
  };
}
