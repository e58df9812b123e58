import type { RemoteNote } from "./kind.ts";

/** Whether a checkpoint is named as one for inpainting: servers tell no more of it. */
export function isForInpainting(checkpoint: string): boolean {
  return /inpaint/i.test(checkpoint);
}

/** @param whose As a sentence begins: `its`, `the workflow's`. */
export function noteOfCheckpoint(whose: string, checkpoint: string, mend: string): RemoteNote {
  return {
    says: `${whose} checkpoint ${checkpoint} is not named as one for inpainting, which paints seams and repeats what is around.`,
    mend,
  };
}
