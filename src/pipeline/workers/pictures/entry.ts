import { inspect } from "node:util";
import { EditError } from "../../../errors.ts";
import { readPicture, sha256OfPicture } from "../../image/image.ts";
import { fitPicture } from "./fit.ts";
import type { FromPictureWorker, PictureOrder, ToPictureWorker } from "./protocol.ts";

// The child process that decodes and encodes pictures for the main process, which itself never does: a member hears at
// once whether a picture is of use, and results become small enough to post, while the devices' workers are busy.
// `client.ts` forks it and speaks to it in the messages of `protocol.ts`. It loads no network.

const open = new Map<number, AbortController>();

// An interrupt at a terminal reaches every process of it; what it means is the parent's to say.
process.on("SIGINT", () => {});
process.on("message", (message: ToPictureWorker) => {
  if (message.kind === "order") void answer(message.id, message.order);
  else if (message.kind === "cancel") open.get(message.id)?.abort();
  else process.exit(0);
});
process.on("disconnect", () => process.exit(0));

async function answer(id: number, order: PictureOrder): Promise<void> {
  const controller = new AbortController();
  open.set(id, controller);
  try {
    send(await develop(id, order, controller.signal));
  } catch (error) {
    const detail = inspect(error, { depth: 4 });
    const { code, message } = error instanceof EditError ? error : unforeseen;
    send({ kind: "failure", id, code, message, detail });
  } finally {
    open.delete(id);
  }
}

async function develop(id: number, order: PictureOrder, signal: AbortSignal): Promise<FromPictureWorker> {
  if (order.kind === "fit") return { kind: "fitted", id, fitted: await fitPicture(order, signal) };
  const picture = await readPicture(order.file, { signal });
  const { width, height } = picture;
  return { kind: "inspected", id, inspected: { width, height, sha256: sha256OfPicture(picture) } };
}

const unforeseen = {
  code: "internal",
  message: "Expected the picture to be read, got an unforeseen failure.",
} as const;

function send(message: FromPictureWorker): void {
  if (process.connected) process.send?.(message);
}
