import type { Progress } from "../../types.ts";

/**
 * Progress, with those of the pictures that are shown beside it (`preview`, `first`) that could be brought: without one the rest is told
 * all the same, since every later report names it too.
 * @param bring Puts or fetches a file. What it rejects with goes to `onLost`.
 */
export async function withShownPictures(
  progress: Progress,
  bring: (file: string) => Promise<void>,
  onLost: (error: unknown) => void,
): Promise<Progress> {
  const { preview, first, ...told } = progress;
  const isThere = async (shown: { readonly file: string } | undefined) => {
    if (!shown) return false;
    try {
      await bring(shown.file);
      return true;
    } catch (error) {
      onLost(error);
      return false;
    }
  };
  const [hasPreview, hasFirst] = await Promise.all([isThere(preview), isThere(first)]);
  return { ...told, ...(hasPreview && { preview }), ...(hasFirst && { first }) } as Progress;
}
