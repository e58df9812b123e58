import { join } from "node:path";
import { EditError, throwIfCancelled } from "../errors.ts";
import { isDiffusion, type Pack } from "../packs/pack.ts";
import { linesOf, readTextFile } from "../packs/text-file.ts";
import type { RemoteServer } from "../types.ts";
import { requireFits } from "./card-memory.ts";
import type { Editor } from "./editors/editor.ts";
import { type EditorName, openEditor } from "./editors/open.ts";
import { loadPreprocessor, type Preprocessor } from "./image/preprocess.ts";
import type { Inpainter } from "./inpainters/inpainter.ts";
import { remoteKindOf } from "./inpainters/remote/kinds.ts";
import { loadStableDiffusion } from "./inpainters/stable-diffusion/stable-diffusion.ts";
import { loadAmused } from "./inpainters/tokens/amused/amused.ts";
import { loadMaskgitInpainter } from "./inpainters/tokens/maskgit/maskgit.ts";
import type { ClassReader } from "./inpainters/tokens/maskgit/parts.ts";
import { type Clip, loadClip } from "./nets/clip.ts";
import { openRuntime, type Runtime } from "./nets/runtime.ts";
import { loadTokenizer, type Tokenizer } from "./nets/tokenizer.ts";
import { loadVit, type Vit } from "./nets/vit/vit.ts";

/** All that one pack brings to an edit, loaded on one device. */
export interface Models extends AsyncDisposable {
  readonly pack: Pack;
  readonly runtime: Runtime;
  readonly clip: Clip;
  readonly clipPreprocessor: Preprocessor;
  readonly clipTokenizer: Tokenizer;
  readonly vit: Vit;
  readonly vitPreprocessor: Preprocessor;
  readonly inpainter: Inpainter;
  /** A method that edits the whole picture, on the pack's own networks; `methodsOf` says which a pack can serve. */
  editor(name: EditorName): Editor;
  /** What T_ROI is chosen from. */
  readonly nouns: readonly string[];
  /** All words of a small pack's world; `null` where the world is open. */
  readonly words: ReadonlySet<string> | null;
  /** What is read in place of words that a small pack's world lacks. */
  readonly synonyms: ReadonlyMap<string, string>;
}

export interface LoadOptions {
  /** `cpu`; see `openRuntime`. */
  readonly device: string;
  /** Threads of one operator; the number of cores by default. */
  readonly threads?: number | undefined;
  /** Paints in place of the pack's own networks, which then are not loaded. */
  readonly server?: RemoteServer | null | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Loads the networks of a pack.
 * @throws EditError `pack-too-large`, `weights-*`, `network-unsupported`, `pack-file-missing`, `device-unavailable`, `cancelled`;
 *   `workflow-invalid` of a server; `inpainter-unknown` where neither the pack nor a server paints
 */
export async function loadModels(pack: Pack, options: LoadOptions): Promise<Models> {
  if (!options.server) await requireFits(pack, options.device);
  return await loadModelsOn(openRuntime(options), pack, options);
}

export interface LoadOnOptions extends Pick<LoadOptions, "server" | "signal"> {
  /** `false` leaves out what paints, for a look at the rest. Default `true`. */
  readonly paints?: boolean;
}

/** The same on a runtime, which is disposed of with the models. */
export async function loadModelsOn(
  opening: Runtime | Promise<Runtime>,
  pack: Pack,
  options: LoadOnOptions,
): Promise<Models> {
  const { paints = true } = options;
  const held: AsyncDisposable[] = [];
  const hold = async <T extends AsyncDisposable>(part: T | Promise<T>): Promise<T> => {
    const opened = await part;
    held.unshift(opened);
    throwIfCancelled(options.signal);
    return opened;
  };
  const dispose = async () => {
    for (const opened of held.splice(0)) await opened[Symbol.asyncDispose]();
  };
  const { networks, tokenizers, nouns, words, synonyms } = pack.manifest;
  const folderOf = (path: string) => join(pack.folder, path);
  try {
    const runtime = await hold(opening);
    const clip = await hold(loadClip({ folder: folderOf(networks.clip), runtime }));
    const clipTokenizer = await loadTokenizer(folderOf(tokenizers.clip));
    const reader = { clip, tokenizer: clipTokenizer };
    return {
      pack,
      runtime,
      clip,
      clipPreprocessor: await loadPreprocessor(folderOf(networks.clip)),
      clipTokenizer,
      vit: await hold(loadVit({ folder: folderOf(networks.vit), runtime })),
      vitPreprocessor: await loadPreprocessor(folderOf(networks.vit)),
      ...(await openPainters(pack, { runtime, reader }, paints ? (options.server ?? null) : "nobody", hold)),
      nouns: await readLines(folderOf(nouns)),
      words: words === null ? null : new Set(await readLines(folderOf(words))),
      synonyms: new Map(synonyms === null ? [] : await readPairs(folderOf(synonyms))),
      [Symbol.asyncDispose]: dispose,
    };
  } catch (error) {
    await dispose();
    throw error;
  }
}

const noInpainter: Inpainter = {
  name: "none",
  side: 0,
  multiple: 1,
  begin: () => Promise.reject(new EditError("internal", "Expected an inpainter, got models without one.")),
  async [Symbol.asyncDispose]() {},
};

type Painters = Pick<Models, "inpainter" | "editor">;

/** The one place that knows every editing model. */
async function openPainters(
  pack: Pack,
  { runtime, reader }: { readonly runtime: Runtime; readonly reader: ClassReader },
  server: RemoteServer | null | "nobody",
  hold: <T extends AsyncDisposable>(part: T | Promise<T>) => Promise<T>,
): Promise<Painters> {
  const { name, inpainter, painting, workflow } = pack.manifest;
  if (server === "nobody") return { inpainter: noInpainter, editor: noEditor };
  if (server) {
    const opening = remoteKindOf(server).open(server, { side: painting.side, workflow });
    return { inpainter: await hold(opening), editor: noEditor };
  }
  if (inpainter === "amused") return { inpainter: await hold(loadAmused(pack, runtime)), editor: noEditor };
  if (inpainter === "maskgit")
    return { inpainter: await hold(loadMaskgitInpainter(pack, runtime, reader)), editor: noEditor };
  if (isDiffusion(inpainter)) {
    const diffusion = await hold(loadStableDiffusion(pack, runtime));
    const paintsBoxes = inpainter === "stable-diffusion";
    return {
      inpainter: paintsBoxes ? diffusion : { ...noInpainter, name: inpainter },
      editor: (method) => openEditor(method, diffusion.parts, painting),
    };
  }
  throw new EditError(
    "inpainter-unknown",
    `Expected a server that paints for pack ${name}, got none. Name one in LRBOT_INPAINTERS.`,
  );
}

function noEditor(name: EditorName): Editor {
  throw new EditError("internal", `Expected a pack that serves the method ${name}, got one that does not.`);
}

/** Lines `word: what is read for it`. */
async function readPairs(path: string): Promise<[string, string][]> {
  return (await readLines(path)).map((line) => {
    const [word, known, ...more] = line.split(/:\s*/);
    if (word && known && more.length === 0) return [word.toLowerCase(), known];
    throw new EditError("pack-invalid", `Expected "word: known words" a line in ${path}, got "${line}".`);
  });
}

async function readLines(path: string): Promise<string[]> {
  const text = await readTextFile(path).catch((cause: unknown) => {
    throw new EditError("pack-file-missing", `Expected the word list ${path}, got ${cause}.`, { cause });
  });
  const lines = linesOf(text)
    .map((line) => line.trim())
    .filter((line) => line.length > 0);
  if (lines.length > 0) return lines;
  throw new EditError("pack-invalid", `Expected a word a line in ${path}, got an empty file.`);
}
