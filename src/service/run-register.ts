import type { CommandContext } from "../cli/context.ts";
import { platforms, type RegisterOptions } from "./platforms.ts";

/** Registers what can be, and says the rest. */
export async function runRegister(
  options: RegisterOptions,
  { terminal, config }: CommandContext,
): Promise<void> {
  const settings = config();
  for (const platform of platforms) await platform.register(settings, options, terminal);
}
