import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Editor, EditorPicture, EditorRequest } from "../../../src/pipeline/editors/editor.ts";
import { createRandom } from "../../../src/pipeline/random.ts";

export interface EditorConformance {
  /** Opened once for the whole suite, which disposes of it. */
  readonly open: () => Promise<Editor>;
  /** Sampling steps that are enough to see a difference; at least 3. */
  readonly steps: number;
}

/** What every method that edits the whole picture owes whoever edits with it. Call it in the test file of a new one. */
export function describeEditor(name: string, { open, steps }: EditorConformance): void {
  describe(`the editor ${name}`, () => {
    let editor: Editor;
    beforeAll(async () => {
      editor = await open();
    });
    afterAll(() => editor[Symbol.asyncDispose]());

    function picture(width = editor.side, height = editor.side): EditorPicture {
      const random = createRandom(3, "picture");
      const waves = Array.from({ length: 6 }, () => 0.05 + 0.2 * random.uniform());
      const rgb = Uint8Array.from({ length: width * height * 3 }, (_, i) => {
        const [x, y] = [Math.floor(i / 3) % width, Math.floor(i / 3 / width)];
        return 128 + 60 * Math.sin(x * (waves[i % 3] ?? 0)) + 60 * Math.cos(y * (waves[3 + (i % 3)] ?? 0));
      });
      return { width, height, rgb };
    }

    const request = (change: Partial<EditorRequest> = {}): EditorRequest => ({
      ...{ prompt: "a red fox", source: "a dog", negative: "", guidance: 3, seed: 7 },
      ...change,
    });

    async function edited(given: EditorPicture, change: Partial<EditorRequest> = {}): Promise<Uint8Array> {
      const editing = await editor.begin(request(change));
      return (await editing.edit(given, { steps })).rgb;
    }

    it("gives a picture of the same size, another one, and leaves the given as it was", async () => {
      const given = picture();
      const before = given.rgb.slice();
      const rgb = await edited(given);
      expect(rgb).toHaveLength(given.rgb.length);
      expect(given.rgb).toEqual(before);
      expect(rgb).not.toEqual(before);
    });

    it("takes pictures of any sides", async () => {
      const given = picture(editor.side + 5, editor.side + editor.multiple);
      expect(await edited(given)).toHaveLength(given.rgb.length);
    });

    it("gives the same bytes for the same request, and others for another prompt", async () => {
      const given = picture();
      const first = await edited(given);
      expect(await edited(given)).toEqual(first);
      expect(await edited(given, { prompt: "two blue cats" })).not.toEqual(first);
    });

    it("counts every pass up to all of them", async () => {
      const counted: [number, number][] = [];
      const editing = await editor.begin(request());
      await editing.edit(picture(), { steps, onStep: (done, all) => counted.push([done, all]) });
      const all = counted.length;
      expect(counted).toEqual(Array.from({ length: all }, (_, index) => [index + 1, all]));
    });

    it("has a mask of its latents' grid, of 0 and 1, or none", async () => {
      const editing = await editor.begin(request());
      const { mask } = await editing.edit(picture(), { steps });
      if (mask === null) return;
      expect(mask.data).toHaveLength(mask.width * mask.height);
      expect([...new Set(mask.data)].every((value) => value === 0 || value === 1)).toBe(true);
    });

    it("ends between steps once it is cancelled", async () => {
      const abort = new AbortController();
      const editing = await editor.begin(request());
      let passes = 0;
      const onStep = () => {
        if (++passes === 2) abort.abort();
      };
      const run = editing.edit(picture(), { steps, signal: abort.signal, onStep });
      await expect(run).rejects.toMatchObject({ code: "cancelled" });
      expect(passes).toBe(2);
    });
  });
}
