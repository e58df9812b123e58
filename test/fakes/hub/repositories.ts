import { createHash } from "node:crypto";

/** A repository of the fake hub. */
export interface FakeRepository {
  readonly name: string;
  /** By reference: `main`, `refs/pr/1`, or a commit that was made before. */
  readonly revisions: Map<string, FakeCommit>;
  readonly discussions: FakeDiscussion[];
  /** Files are for those who have accepted its licence. */
  isGated: boolean;
  /** Older names that lead here. */
  readonly aliases: string[];
}

export interface FakeCommit {
  readonly commit: string;
  readonly files: ReadonlyMap<string, FakeFile>;
}

export interface FakeFile {
  readonly path: string;
  readonly bytes: Buffer;
  readonly sha256: string;
  /** Git's hash: of the bytes, or of the pointer that stands for them. */
  readonly oid: string;
  /** Kept outside git: the tree tells its sha256, and a server of files has its bytes. */
  readonly isLarge: boolean;
}

export interface FakeDiscussion {
  readonly num: number;
  readonly title: string;
  readonly author: string;
  readonly isPullRequest: boolean;
  readonly status: "open" | "closed" | "merged" | "draft";
}

/** A commit of files; its name follows from their contents. */
export function commitOf(contents: Readonly<Record<string, string | Buffer>>): FakeCommit {
  const known = commits.get(contents);
  if (known) return known;
  const files = new Map<string, FakeFile>();
  for (const [path, content] of Object.entries(contents)) {
    const bytes = Buffer.from(content);
    const isLarge = /\.(safetensors|bin|ckpt)$/.test(path);
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    const stored = isLarge ? pointerTo(sha256, bytes.length) : bytes;
    files.set(path, { path, bytes, sha256, oid: blobId(stored), isLarge });
  }
  const names = [...files.values()].map(({ path, oid }) => `${oid} ${path}`).join("\n");
  const commit = { commit: createHash("sha1").update(names).digest("hex"), files };
  commits.set(contents, commit);
  return commit;
}

/** By the contents that they were made of, which nobody changes. */
const commits = new WeakMap<Readonly<Record<string, string | Buffer>>, FakeCommit>();

function pointerTo(sha256: string, size: number): Buffer {
  return Buffer.from(`version https://git-lfs.github.com/spec/v1\noid sha256:${sha256}\nsize ${size}\n`);
}

function blobId(bytes: Buffer): string {
  return createHash("sha1").update(`blob ${bytes.length}\0`).update(bytes).digest("hex");
}
