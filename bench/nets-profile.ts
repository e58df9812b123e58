import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

const eventsSchema = z.array(
  z.object({
    cat: z.string().optional(),
    name: z.string().optional(),
    dur: z.number().default(0),
    args: z.object({ op_name: z.string().optional() }).default({}),
  }),
);

/** How many operators are worth a line. */
const longest = 12;

/** The costliest operators of the profiles in `folder`, as lines of a table; the profiles are deleted. */
export function hotOperators(folder: string): string[] {
  const spent = new Map<string, { milliseconds: number; calls: number }>();
  for (const file of readdirSync(folder).filter((name) => name.startsWith("profile"))) {
    const events = eventsSchema.parse(JSON.parse(readFileSync(join(folder, file), "utf8")));
    rmSync(join(folder, file));
    for (const { cat, name, dur, args } of events) {
      if (cat !== "Node" || !name?.endsWith("_kernel_time") || args.op_name === undefined) continue;
      const { milliseconds, calls } = spent.get(args.op_name) ?? { milliseconds: 0, calls: 0 };
      spent.set(args.op_name, { milliseconds: milliseconds + dur / 1000, calls: calls + 1 });
    }
  }
  const total = [...spent.values()].reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  const sorted = [...spent].sort(([, a], [, b]) => b.milliseconds - a.milliseconds).slice(0, longest);
  return sorted.map(([operator, { milliseconds, calls }]) => {
    const share = `${((100 * milliseconds) / total).toFixed(1)} %`;
    return `  ${operator.padEnd(24)} ${milliseconds.toFixed(1).padStart(10)} ms ${share.padStart(8)} ${calls} calls`;
  });
}
