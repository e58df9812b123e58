/** Colours as coding-independent code points say them (ITU-T H.273). */
export interface Cicp {
  /** Clause 8.1. 2 where it is not said. */
  readonly primaries: number;
  /** Clause 8.2. 2 where it is not said. */
  readonly transfer: number;
  /** Codes reach from 0 to the highest; else 16 to 235 of 255 are black to white. */
  readonly isFullRange: boolean;
}
