import type { Settings } from "../intake/settings.ts";
import type { OptionSpec } from "./command-spec.ts";

/** The option of a command about one switch. */
export const switchOption = {
  name: "do",
  kind: "choice",
  choices: ["show", "on", "off"],
  isRequired: true,
} as const satisfies OptionSpec;

/** What is asked of a switch. */
export type Switch = (typeof switchOption.choices)[number];

/** Turns a switch as it was asked; `show` leaves it. @returns whether it is on now @throws EditError `settings-unreadable` */
export function turn(
  settings: Settings,
  scope: string,
  name: "mentions" | "avatar" | "variations",
  asked: Switch,
): Promise<boolean> {
  return asked === "show" ? settings.get(scope, name) : settings.change(scope, name, () => asked === "on");
}
