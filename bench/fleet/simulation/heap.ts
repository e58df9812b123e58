/** A binary heap: gives the least first. */
export interface Heap<Value> {
  readonly size: number;
  push(value: Value): void;
  pop(): Value | undefined;
}

export function createHeap<Value>(isLess: (a: Value, b: Value) => boolean): Heap<Value> {
  const values: Value[] = [];
  const less = (a: number, b: number) => isLess(values[a] as Value, values[b] as Value);
  const swap = (a: number, b: number) => {
    [values[a], values[b]] = [values[b] as Value, values[a] as Value];
  };
  return {
    get size() {
      return values.length;
    },
    push(value) {
      values.push(value);
      for (let at = values.length - 1; at > 0; ) {
        const parent = (at - 1) >> 1;
        if (!less(at, parent)) return;
        swap(at, parent);
        at = parent;
      }
    },
    pop() {
      const last = values.length - 1;
      if (last < 0) return undefined;
      swap(0, last);
      const least = values.pop();
      for (let at = 0; ; ) {
        const [left, right] = [2 * at + 1, 2 * at + 2];
        let next = at;
        if (left < values.length && less(left, next)) next = left;
        if (right < values.length && less(right, next)) next = right;
        if (next === at) return least;
        swap(at, next);
        at = next;
      }
    },
  };
}
