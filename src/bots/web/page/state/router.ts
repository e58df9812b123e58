import { type Signal, signal } from "@preact/signals";
import { pathOf, type Route, routeOf } from "./route.ts";

/** Where the page is, and how it goes elsewhere. */
export interface Router {
  readonly route: Signal<Route>;
  go(route: Route): void;
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
