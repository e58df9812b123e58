import { simulateEdit } from "../../steps/simulated.ts";
import { serveJobs } from "../edits/loop.ts";

// The child process of a simulated device (`LRBOT_DEVICES=simulated:8`): speaks to `edits/client.ts` as `edits/entry.ts` does,
// but paints flat colours. It exists to try out queue and chats under load, so it starts fast and loads no network.

const device = process.argv[2] ?? "simulated:0";

serveJobs(async ({ request, folder }, { manifest }, { signal, onProgress }) => ({
  result: await simulateEdit(request, {
    manifest,
    device,
    folder,
    signal,
    onProgress: (progress) => onProgress(progress, 0),
  }),
  runMilliseconds: 0,
}));
