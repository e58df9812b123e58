import { readPicture, sha256OfPicture } from "../../image/image.ts";
import { checkMarks } from "../../marks/check-marks.ts";
import { openMarking } from "../../marks/marking.ts";
import { serveParent } from "../serve-parent.ts";
import { copyPicture } from "./copy.ts";
import { fitPicture } from "./fit.ts";
import type { PictureAnswer, PictureOrder } from "./protocol.ts";
import { makeSheet } from "./sheet.ts";

// The child process that decodes and encodes pictures for the main process, which itself never does: a member hears at
// once whether a picture is of use, and results become small enough to post, while the devices' workers are busy.
// `client.ts` forks it and sends it the orders of `protocol.ts`. It loads no network.

serveParent<PictureOrder, never, PictureAnswer>(async (order, { signal }) => {
  if (order.kind === "fit") {
    const marking = await openMarking(order.marks);
    return { kind: "fit", fitted: await fitPicture(order, { marking, signal }) };
  }
  if (order.kind === "sheet") {
    await makeSheet(order, signal);
    return { kind: "sheet" };
  }
  if (order.kind === "copy") return { kind: "copy", copied: await copyPicture(order, signal) };
  if (order.kind === "marks")
    return { kind: "marks", marks: await checkMarks(order.file, { ...order, signal }) };
  const picture = await readPicture(order.file, { signal });
  const { width, height } = picture;
  return { kind: "inspect", inspected: { width, height, sha256: sha256OfPicture(picture) } };
});
