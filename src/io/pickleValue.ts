import type { NumberKind } from "./decode.js";

/** A name the file would have had Python import. It is only a name. */
export class PickleGlobal {
  constructor(readonly name: string) {}
}

/** What a class or function that is not known would have made: an inert record of what it was given. */
export class PickleObject {
  state: PickleValue = null;
  readonly items: PickleValue[] = [];
  readonly entries = new Map<PickleValue, PickleValue>();
  constructor(
    /** `package.module.Class` of what would have been called. */
    readonly className: string,
    readonly args: PickleValue,
  ) {}
}

/** Raw numbers of a file, in one format. */
export interface RawNumbers {
  /** `undefined` where the library does not read the format. */
  readonly kind: NumberKind | undefined;
  /** The format in the file's words. */
  readonly dtype: string;
  readonly littleEndian: boolean;
  /** Numbers there are. */
  readonly count: number;
  /** Filled in once the file's storages have been reached. */
  bytes: Uint8Array | undefined;
}

/** Part of a PyTorch storage. */
export class PickleStorage {
  constructor(
    readonly raw: RawNumbers,
    readonly offset: number,
    readonly count: number,
  ) {}
}

/** A NumPy number format. */
export class PickleDtype {
  constructor(
    /** `f4`, `i8`, `O8`, ... */
    readonly code: string,
    public order: string,
  ) {}
}

/** A view of raw numbers: a PyTorch tensor, or a NumPy array once its state has come. */
export class PickleArray {
  raw: RawNumbers | undefined;
  offset = 0;
  shape: readonly number[] = [];
  strides: readonly number[] = [];
}

/** A Python value. Lists and tuples are arrays, dicts are maps; neither holds anything that could run. */
export type PickleValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | PickleValue[]
  | Map<PickleValue, PickleValue>
  | Set<PickleValue>
  | PickleGlobal
  | PickleObject
  | PickleStorage
  | PickleDtype
  | PickleArray;
