import type { Progress } from "../../../types.ts";
import { edit } from "../../edit.ts";
import { openMarking } from "../../marks/marking.ts";
import { createSimulatedParts } from "../../steps/simulated.ts";
import { serveJobs } from "../edits/serve-jobs.ts";

// The child process of a simulated device (`LRBOT_DEVICES=simulated:8`): speaks to `edits/client.ts` as `edits/entry.ts` does,
// but paints flat colours. It exists to try out queue and chats under load, so it starts fast and loads no network.

const device = process.argv[2] ?? "simulated:0";

serveJobs(async ({ job: { request, folder }, pack: { manifest }, marks }, context) => {
  const onProgress = (progress: Progress) => context.onProgress(progress, 0);
  onProgress({ version: 1, phase: "loading", stepsDone: 0, stepsTotal: 0, secondsLeft: null });
  const parts = createSimulatedParts(manifest, device);
  const marking = await openMarking(marks);
  const result = await edit(request, { parts, marking, folder, signal: context.signal, onProgress });
  return { result, runMilliseconds: 0 };
});
