import { runGoldens } from "../../../goldens/run.ts";
import { serveParent } from "../serve-parent.ts";
import type { GoldensAnswer, GoldensEvent, GoldensOrder } from "./protocol.ts";

// The child process of `lrbot goldens`, in which the networks run.

serveParent<GoldensOrder, GoldensEvent, GoldensAnswer>(async ({ folder, device, floats }, { tell }) => {
  const { failed } = await runGoldens(folder, { device, target: { floats }, log: tell });
  return { failed };
});
