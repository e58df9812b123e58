/** One file of a repository, as the hub's metadata has it. */
export interface HubFile {
  /** In the repository, with forward slashes. */
  readonly path: string;
  readonly size: number;
  /** Lower-case hex; the hub knows it of large files alone. */
  readonly sha256: string | null;
  /** Git's SHA-1 of `blob SIZE\0` and the bytes; `null` where it is not of the bytes themselves. */
  readonly blobId: string | null;
}

/** What one revision of a repository holds. */
export interface HubRevision {
  /** The commit; `null` for a folder that keeps no history. */
  readonly commit: string | null;
  readonly files: ReadonlyMap<string, HubFile>;
}

/** The bytes of a file from some place on; disposing of it closes the connection. */
export interface HubBytes extends AsyncDisposable {
  /** Where they start: what was asked for, or 0 where the other side does not do ranges. */
  readonly from: number;
  /** Size of the whole file, as the other side says it with the bytes. */
  readonly size: number | null;
  readonly bytes: AsyncIterable<Buffer>;
}

/** A place that model files come from. */
export interface Hub extends AsyncDisposable {
  /** As people know it; holds no secret. */
  readonly name: string;
  /**
   * The commit and the files of a revision: a branch, a tag, `refs/pr/N` or a commit.
   * @throws EditError `hub-not-found`, `hub-access`, `hub-unavailable`, `cancelled`
   */
  revision(repository: string, revision: string, signal: AbortSignal): Promise<HubRevision>;
  /**
   * The reference of the hub's own conversion of a repository to safetensors, `refs/pr/N`; `null` where there is none.
   * @throws EditError as `revision`
   */
  conversion(repository: string, signal: AbortSignal): Promise<string | null>;
  /**
   * Opens a file at a byte. Rejects with `PassingFailure` where another try may help.
   * @throws EditError as `revision`
   */
  read(place: HubLocation, from: number, signal: AbortSignal): Promise<HubBytes>;
}

/** Where a file lies. */
export interface HubLocation {
  readonly repository: string;
  readonly commit: string | null;
  readonly path: string;
}
