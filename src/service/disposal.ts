/** Things that hold something, taken apart in the other order than they were put together. */
export interface Disposal extends AsyncDisposable {
  /** Gives what it takes. */
  use<T extends AsyncDisposable | Disposable>(held: T): T;
}

/** `AsyncDisposableStack` for Node.js before 24. A part that fails to end does not keep the others from it. */
export function createDisposal(onFailure: (error: unknown) => void): Disposal {
  const parts: (AsyncDisposable | Disposable)[] = [];
  return {
    use(held) {
      parts.push(held);
      return held;
    },
    async [Symbol.asyncDispose]() {
      for (let part = parts.pop(); part; part = parts.pop()) {
        try {
          if (Symbol.asyncDispose in part) await part[Symbol.asyncDispose]();
          else part[Symbol.dispose]();
        } catch (error) {
          onFailure(error);
        }
      }
    },
  };
}
