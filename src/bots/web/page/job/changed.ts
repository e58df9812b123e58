/** Side that two pictures are compared at, at most. */
const longestSide = 768;
/** Of 255: what a picture that was made smaller or packed again may differ by without being changed. */
const tolerance = 10;

/**
 * Darkens a picture where a result has the picture's own pixels, so that only what was painted stays bright.
 * @param canvas Takes the size that the comparison is made at.
 */
export async function drawUnchanged(canvas: HTMLCanvasElement, before: string, after: string): Promise<void> {
  const pictures = await Promise.all([before, after].map(load));
  const [source, result] = pictures;
  if (!source || !result) return;
  const scale = Math.min(1, longestSide / Math.max(result.naturalWidth, result.naturalHeight));
  canvas.width = Math.max(1, Math.round(result.naturalWidth * scale));
  canvas.height = Math.max(1, Math.round(result.naturalHeight * scale));
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (!context) return;
  const pixelsOf = (picture: HTMLImageElement) => {
    context.drawImage(picture, 0, 0, canvas.width, canvas.height);
    return context.getImageData(0, 0, canvas.width, canvas.height);
  };
  const a = pixelsOf(source).data;
  const image = pixelsOf(result);
  const b = image.data;
  for (let at = 0; at < b.length; at += 4) {
    let differs = false;
    for (let channel = 0; channel < 3; channel++) {
      if (Math.abs((a[at + channel] ?? 0) - (b[at + channel] ?? 0)) > tolerance) differs = true;
    }
    b.set([14, 12, 20, differs ? 0 : 190], at);
  }
  context.putImageData(image, 0, 0);
}

async function load(url: string): Promise<HTMLImageElement> {
  const picture = new Image();
  picture.src = url;
  await picture.decode();
  return picture;
}
