import { createHash } from "node:crypto";
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { listPacks } from "../../src/packs/list.ts";
import { describePack, openPack } from "../../src/packs/open.ts";
import type { PackFile } from "../../src/packs/pack.ts";
import { verifyPack } from "../../src/packs/verify.ts";
import { emptyFolder, temporaryFolder } from "../cli/lrbot.ts";

const root = temporaryFolder();
afterAll(() => rmSync(root, { recursive: true }));

/** A manifest in which all is right. */
function soundManifest(name: string) {
  return {
    name,
    title: "A pack",
    version: "1.0.0",
    networks: { clip: "clip", vit: "vit", unet: "unet", autoencoder: "vae", textEncoder: "text" },
    tokenizers: { clip: "tokenizer", textEncoder: "tokenizer" },
    scheduler: "scheduler",
    inpainter: "stable-diffusion",
    nouns: "nouns.txt",
    words: null as string | null,
    painting: { side: 512, steps: 25, draftSteps: 6, guidance: 7.5, strength: 1, batch: 4 },
    framing: { boxShare: 0.6 },
    features: { shortSide: 224 },
    ranking: { margin: 0.01 },
    files: [fileOf("nouns.txt", "dog\ncat\n"), fileOf("deep/er/file.bin", "12345")],
  };
}

function fileOf(path: string, text: string): Partial<PackFile> & { path: string } {
  const sha256 = createHash("sha256").update(text).digest("hex");
  return { path, size: text.length, sha256, license: "MIT" };
}

/** Writes a pack's folder and gives the root that it lies in. */
function writePack(roots: string, name: string, manifest: unknown = soundManifest(name)): string {
  const folder = join(roots, name);
  mkdirSync(join(folder, "deep/er"), { recursive: true });
  writeFileSync(join(folder, "nouns.txt"), "dog\ncat\n");
  writeFileSync(join(folder, "deep/er/file.bin"), "12345");
  writeFileSync(
    join(folder, "pack.json"),
    typeof manifest === "string" ? manifest : JSON.stringify(manifest),
  );
  return folder;
}

let made = 0;
const newRoot = () => emptyFolder(root, `root-${made++}`);

/** Opens a pack whose manifest has been changed. */
function openChanged(change: (manifest: Record<string, unknown>) => void) {
  const roots = newRoot();
  const manifest: Record<string, unknown> = { ...soundManifest("pack") };
  change(manifest);
  writePack(roots, "pack", manifest);
  return openPack("pack", { roots: [roots] });
}

/** Sets a field by its path, `painting.steps`; `undefined` takes it out. */
function setAt(target: Record<string, unknown>, path: string, value: unknown): void {
  const [first = "", ...rest] = path.split(".");
  if (rest.length > 0) setAt(Object(target[first]), rest.join("."), value);
  else if (value === undefined) delete target[first];
  else target[first] = value;
}

describe("opening a pack", () => {
  it("gives its manifest with the defaults, and the real path of its folder", async () => {
    const roots = newRoot();
    const real = writePack(newRoot(), "pack");
    symlinkSync(real, join(roots, "pack"));
    const { manifest, folder } = await openPack("pack", { roots: [roots] });
    expect(folder).toBe(real);
    expect(manifest).toMatchObject({ name: "pack", words: null });
    expect(manifest.files[0]).toMatchObject({ repository: null, revision: null, source: null });
  });

  it("finds it in the first of the roots that has it", async () => {
    const [first, second, third] = [newRoot(), newRoot(), newRoot()];
    writePack(second, "pack", { ...soundManifest("pack"), title: "second" });
    writePack(third, "pack", { ...soundManifest("pack"), title: "third" });
    const roots = [join(first, "absent"), first, second, third];
    expect((await openPack("pack", { roots })).manifest.title).toBe("second");
  });

  it.each(["", ".", "..", "../pack", "a/b", "Pack", "-pack", "pack ", "pack\u0000", "päck"])(
    "by the name %j is refused before any folder is looked at",
    async (name) => {
      await expect(openPack(name, { roots: [root] })).rejects.toMatchObject({
        code: "pack-missing",
        message: expect.stringMatching(/^Expected .*, got /),
      });
    },
  );

  it("that is nowhere says where it was looked for", async () => {
    const roots = [newRoot(), newRoot()];
    await expect(openPack("absent", { roots })).rejects.toMatchObject({
      code: "pack-missing",
      message: expect.stringContaining(roots.join(", ")),
    });
  });

  it("is refused where another pack's manifest lies in its folder", async () => {
    const roots = newRoot();
    writePack(roots, "pack", soundManifest("other"));
    await expect(openPack("pack", { roots: [roots] })).rejects.toMatchObject({
      code: "pack-invalid",
      message: expect.stringContaining("other"),
    });
  });

  it.each(["{", "null", "[]", '"pack"', ""])("whose pack.json holds %j is invalid", async (text) => {
    const roots = newRoot();
    writePack(roots, "pack", text);
    await expect(openPack("pack", { roots: [roots] })).rejects.toMatchObject({ code: "pack-invalid" });
  });

  it.each([
    ["name", undefined],
    ["name", "No Name"],
    ["title", 5],
    ["version", undefined],
    ["networks.clip", undefined],
    ["networks.vit", 7],
    ["networks.unet", null],
    ["networks.autoencoder", undefined],
    ["networks.textEncoder", undefined],
    ["networks.draftAutoencoder", "../taesd"],
    ["networks.extra", "folder"],
    ["networks.clip", "../other/clip"],
    ["networks.unet", "/models/unet"],
    ["tokenizers.clip", "tokenizer/../.."],
    ["scheduler", "..\\scheduler"],
    ["nouns", "/etc/passwd"],
    ["words", "../words.txt"],
    ["tokenizers.clip", undefined],
    ["tokenizers.textEncoder", 1],
    ["scheduler", undefined],
    ["inpainter", "crayons"],
    ["nouns", undefined],
    ["words", 5],
    ["painting.side", 31],
    ["painting.side", 2049],
    ["painting.sampler", "crayons"],
    ["loras", [{ path: "../lora.safetensors" }]],
    ["loras", [{ path: "lora.safetensors", scale: 11 }]],
    ["loras", ["lora.safetensors"]],
    ["painting.steps", 0],
    ["painting.steps", 1.5],
    ["painting.draftSteps", 1001],
    ["painting.guidance", -1],
    ["painting.guidance", 51],
    ["painting.strength", 0],
    ["painting.strength", 1.01],
    ["painting.batch", 0],
    ["painting.batch", 65],
    ["framing.boxShare", 0],
    ["framing.boxShare", 1.1],
    ["features.shortSide", 15],
    ["ranking.margin", -0.1],
    ["ranking", undefined],
    ["files", []],
    ["files.0.path", undefined],
    ["files.0.path", ""],
    ["files.0.path", "/etc/passwd"],
    ["files.0.path", "../pack.json"],
    ["files.0.path", "a/../../b"],
    ["files.0.path", "a/.."],
    ["files.0.path", "a\\b"],
    ["files.0.size", undefined],
    ["files.0.size", -1],
    ["files.0.size", 1.5],
    ["files.0.sha256", undefined],
    ["files.0.sha256", "abc"],
    ["files.0.sha256", "A".repeat(64)],
    ["files.0.license", undefined],
    ["files.0.extra", 1],
    ["extra", 1],
  ])("with %s set to %j is invalid, and the field is named", async (field, value) => {
    const opening = openChanged((manifest) => {
      const files = soundManifest("pack").files.map((file) => ({ ...file }));
      Object.assign(manifest, structuredClone({ ...manifest, files }));
      setAt(manifest, field, value);
    });
    const error = await opening.catch((caught: unknown) => caught);
    expect(error).toMatchObject({
      code: "pack-invalid",
      message: expect.stringMatching(/^Expected .*, got /),
    });
    const last = field.split(".").at(-1) ?? "";
    expect(String(error)).toContain(last);
    expect(String(error)).not.toContain("\n");
  });

  it("takes sizes and hashes that are not known", async () => {
    const { manifest } = await openChanged((changed) => {
      changed.files = [
        { path: "nouns.txt", size: null, sha256: null, license: "MIT", repository: "owner/name" },
      ];
    });
    expect(manifest.files).toMatchObject([{ size: null, sha256: null, repository: "owner/name" }]);
  });

  it("whose file is missing, a folder, or of another size is told by that file", async () => {
    const roots = newRoot();
    const folder = writePack(roots, "pack");
    writeFileSync(join(folder, "deep/er/file.bin"), "1234");
    await expect(openPack("pack", { roots: [roots] })).rejects.toMatchObject({
      code: "pack-hash-mismatch",
      message: "Expected pack/deep/er/file.bin to have 5 bytes, got 4.",
    });
    rmSync(join(folder, "deep/er/file.bin"));
    for (const prepare of [() => {}, () => mkdirSync(join(folder, "deep/er/file.bin"))]) {
      prepare();
      await expect(openPack("pack", { roots: [roots] })).rejects.toMatchObject({
        code: "pack-file-missing",
        message: expect.stringContaining("pack/deep/er/file.bin"),
      });
    }
  });
});

describe("a link in a pack", () => {
  /** A pack whose file at `path` is a link to a file elsewhere that holds `text`. */
  function linked(path: string, text: string, change: Partial<PackFile> = {}) {
    const [roots, elsewhere] = [newRoot(), join(newRoot(), "secret")];
    const { files, ...manifest } = soundManifest("pack");
    const changed = files.map((file) => (file.path === path ? { ...file, size: null, ...change } : file));
    const folder = writePack(roots, "pack", { ...manifest, files: changed });
    writeFileSync(elsewhere, text);
    rmSync(join(folder, path), { force: true });
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    symlinkSync(elsewhere, join(folder, path));
    return { folder, elsewhere, opened: openPack("pack", { roots: [roots] }) };
  }

  it.each([
    ["the word list", "nouns.txt"],
    ["a file that the pack does not list", "unet/config.json"],
    ["a file of a tokenizer", "tokenizer/merges.txt"],
  ])("that leads out of it is refused by name: %s", async (_, path) => {
    await expect(linked(path, "root:x:0", { sha256: null }).opened).rejects.toMatchObject({
      code: "pack-invalid",
      message: expect.stringMatching(new RegExp(`^Expected pack/${path} to lie in the pack's folder, got`)),
    });
  });

  it("that leads out of it is refused where it is a folder, or the last of several", async () => {
    const [roots, elsewhere] = [newRoot(), newRoot()];
    const folder = writePack(roots, "pack");
    writeFileSync(join(elsewhere, "config.json"), "{}");
    symlinkSync(elsewhere, join(folder, "far"));
    symlinkSync("far", join(folder, "unet"));
    await expect(openPack("pack", { roots: [roots] })).rejects.toMatchObject({ code: "pack-invalid" });
  });

  it("that leads out of it is refused where weights are named and something else is there or is read", async () => {
    const [roots, elsewhere] = [newRoot(), newRoot()];
    symlinkSync(elsewhere, join(writePack(roots, "pack"), "far.safetensors"));
    await expect(openPack("pack", { roots: [roots] })).rejects.toMatchObject({ code: "pack-invalid" });

    writeFileSync(join(elsewhere, "secret"), "root:x:0");
    const texts = newRoot();
    for (const text of ["nouns", "words", "synonyms"]) {
      const manifest = { ...soundManifest(text), [text]: "./text.safetensors" };
      symlinkSync(join(elsewhere, "secret"), join(writePack(texts, text, manifest), "text.safetensors"));
      await expect(openPack(text, { roots: [texts] })).rejects.toMatchObject({
        code: "pack-invalid",
        message: expect.stringContaining(`${text}/text.safetensors`),
      });
    }
  });

  it("may lead to what the pack knows by its sha256, and to nothing else in its place", async () => {
    const { folder, opened } = linked("nouns.txt", "dog\ncat\n");
    await expect(opened).resolves.toMatchObject({ folder });
    await expect(linked("nouns.txt", "a secret").opened).rejects.toMatchObject({
      code: "pack-hash-mismatch",
      message: expect.stringContaining("pack/nouns.txt"),
    });
  });

  it("may lead to weights, whose form is checked when they are opened, and within the pack", async () => {
    await expect(linked("unet/model.safetensors", "weights").opened).resolves.toBeDefined();
    const roots = newRoot();
    symlinkSync("nouns.txt", join(writePack(roots, "pack"), "words.txt"));
    await expect(openPack("pack", { roots: [roots] })).resolves.toBeDefined();
  });

  it("of a Hugging Face cache may lead to the cache's blobs, and no further", async () => {
    const [roots, cache] = [newRoot(), join(newRoot(), "models--a--b")];
    const { files, ...manifest } = soundManifest("pack");
    const unknown = files.map((file) => ({ ...file, sha256: null }));
    const snapshot = writePack(join(cache, "snapshots"), "0".repeat(40), { ...manifest, files: unknown });
    mkdirSync(join(cache, "blobs"));
    writeFileSync(join(cache, "blobs", "abc"), "dog\ncat\n");
    rmSync(join(snapshot, "nouns.txt"));
    symlinkSync("../../blobs/abc", join(snapshot, "nouns.txt"));
    symlinkSync(snapshot, join(roots, "pack"));
    const { folder } = await openPack("pack", { roots: [roots] });
    expect(folder).toBe(snapshot);

    const secret = join(cache, "secret");
    writeFileSync(secret, "dog\ncat\n");
    rmSync(join(cache, "blobs", "abc"));
    symlinkSync(secret, join(cache, "blobs", "abc"));
    await expect(openPack("pack", { roots: [roots] })).rejects.toMatchObject({ code: "pack-invalid" });
  });
});

describe("verifying a pack", () => {
  it("reads every file, in the order of the manifest, and tells each as it comes", async () => {
    const roots = newRoot();
    writePack(roots, "pack");
    const told: string[] = [];
    const verified = await verifyPack(await openPack("pack", { roots: [roots] }), {
      onFile: ({ path, state }) => told.push(`${path} ${state}`),
    });
    expect(told).toEqual(["nouns.txt matches", "deep/er/file.bin matches"]);
    expect(verified[1]?.sha256).toBe(fileOf("", "12345").sha256);
  });

  it("names the first file whose content is another of the same size", async () => {
    const roots = newRoot();
    const folder = writePack(roots, "pack");
    writeFileSync(join(folder, "deep/er/file.bin"), "12346");
    const pack = await openPack("pack", { roots: [roots] });
    await expect(verifyPack(pack)).rejects.toMatchObject({
      code: "pack-hash-mismatch",
      message: expect.stringContaining("pack/deep/er/file.bin"),
    });
  });

  it("says of a file whose hash is not known what it is, and that nothing was proven", async () => {
    const pack = await openChanged((manifest) => {
      manifest.files = [{ path: "nouns.txt", size: null, sha256: null, license: "MIT" }];
    });
    const sha256 = fileOf("", "dog\ncat\n").sha256;
    expect(await verifyPack(pack)).toEqual([{ path: "nouns.txt", sha256, state: "unknown" }]);
  });

  it("of a file that has gone meanwhile says that it is missing, and stops when it is cancelled", async () => {
    const roots = newRoot();
    const folder = writePack(roots, "pack");
    const pack = await openPack("pack", { roots: [roots] });
    await expect(verifyPack(pack, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: "cancelled",
    });
    rmSync(join(folder, "nouns.txt"));
    await expect(verifyPack(pack)).rejects.toMatchObject({ code: "pack-file-missing" });
  });
});

describe("listing packs", () => {
  it("goes by root and then by name, tells what is wrong, and hides what an earlier root has", async () => {
    const [first, second] = [newRoot(), newRoot()];
    writePack(first, "beta");
    writePack(first, "alpha", "{");
    writePack(second, "beta", "{");
    writePack(second, "aaa");
    mkdirSync(join(first, "no-pack"));
    writeFileSync(join(second, "file"), "");
    mkdirSync(dirname(join(second, "Upper-Case/pack.json")), { recursive: true });
    const listed = await listPacks([join(root, "absent"), first, second]);
    expect(listed.map((one) => `${one.name} ${"pack" in one ? "sound" : one.error.code}`)).toEqual([
      "alpha pack-invalid",
      "beta sound",
      "aaa sound",
    ]);
  });
});

describe("the packs of real models that the project describes", () => {
  const models = join(import.meta.dirname, "../../models");
  it.each([
    ...["sd15-inpaint", "sd15-inpaint-lcm", "sd15-blend", "sd2-inpaint"],
    ...["sdxl-inpaint", "sdxl-inpaint-lightning"],
    ...["amused-256", "amused-512", "instruct-pix2pix", "remote"],
    ...["flux1-fill", "flux2-klein-4b", "qwen-image-edit-2511", "z-image-turbo"],
  ])(
    "%s names every file that its parts need, no hash that nobody knows, and each licence that is to be accepted",
    async (name) => {
      const { manifest } = await describePack(name, { roots: [models] });
      const paths = manifest.files.map(({ path }) => path);
      const { networks, loras } = manifest;
      for (const folder of Object.values(networks).filter((one) => one !== null)) {
        expect(paths).toContain(`${folder}/config.json`);
        expect(paths.some((path) => path.startsWith(`${folder}/`) && path.endsWith(".safetensors"))).toBe(
          true,
        );
      }
      for (const { path } of loras) expect(paths).toContain(path);
      for (const { sha256, revision } of manifest.files) expect([sha256, revision]).toEqual([null, null]);
      const free = ["MIT", "Apache-2.0"];
      const asked = manifest.files.map(({ license }) => license).filter((license) => !free.includes(license));
      // What a server paints with is named by its workflow alone, and held to it by the test of workflows.
      const own = manifest.workflow === null ? manifest.licenses.map(({ id }) => id) : [];
      expect(new Set(own)).toEqual(new Set(asked));
    },
  );
});
