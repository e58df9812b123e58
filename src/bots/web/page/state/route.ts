/** What the page's address names. */
export type Route =
  | { readonly view: "edits" }
  | { readonly view: "job"; readonly job: string }
  | { readonly view: "operator" };

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
