import { decodeNumbers, type NumberKind, widthOf } from "./decode.js";
import {
  PickleArray,
  PickleDtype,
  PickleGlobal,
  PickleObject,
  PickleStorage,
  type PickleValue,
  type RawNumbers,
} from "./pickleValue.js";
import { countOf } from "./tensor.js";
import type { PickleBudget, PickleWorld } from "./unpickle.js";

type Fail = (message: string) => never;
type Make = (args: readonly PickleValue[], failHere: Fail) => PickleValue | undefined;

/** PyTorch's storages and number formats that are read. */
const torchKinds: Readonly<Record<string, readonly [NumberKind, string]>> = {
  DoubleStorage: ["f8", "float64"],
  FloatStorage: ["f4", "float32"],
  HalfStorage: ["f2", "float16"],
  BFloat16Storage: ["bf2", "bfloat16"],
  LongStorage: ["i8", "int64"],
  IntStorage: ["i4", "int32"],
  ShortStorage: ["i2", "int16"],
  CharStorage: ["i1", "int8"],
  ByteStorage: ["u1", "uint8"],
  BoolStorage: ["b1", "bool"],
  UntypedStorage: ["u1", "bytes"],
};
const torchDtypes: Readonly<Record<string, NumberKind>> = {
  float64: "f8",
  float32: "f4",
  float16: "f2",
  bfloat16: "bf2",
  int64: "i8",
  int32: "i4",
  int16: "i2",
  int8: "i1",
  uint64: "u8",
  uint32: "u4",
  uint16: "u2",
  uint8: "u1",
  bool: "b1",
};

/** Names that are read or are harmless records, so that no note is needed. */
const familiar = /^torch\.(nn\.|(cuda\.)?\w+Storage$|(storage\.)?\w+Storage$|Size$|device$|\w+$)/;

/** What pickles of networks may build, and what was met on the way. */
export interface NetworkWorld extends PickleWorld {
  /** Names that are not known: what would have been called or imported. */
  readonly unknown: ReadonlySet<string>;
}

/**
 * The allow-list: lists, dicts, sets, `collections`, PyTorch tensors, storages and parameters, NumPy arrays,
 * scalars and number formats. Each is made by this file's own code; nothing is ever looked up by name elsewhere.
 *
 * @param loadNested - reads the PyTorch file inside `torch.storage._load_from_bytes`
 * @param persistent - what persistent ids stand for; PyTorch keeps its storages behind them
 */
export function networkWorld(
  budget: PickleBudget,
  loadNested: (bytes: Uint8Array, failHere: Fail) => PickleValue,
  persistent: PickleWorld["persistent"],
): NetworkWorld {
  const unknown = new Set<string>();
  const spend = (bytes: number, failHere: Fail) => {
    budget.bytes -= bytes;
    if (budget.bytes < 0) failHere("copies more than any network needs");
  };

  const mapOf: Make = ([from], failHere) => {
    if (from === undefined || from === null) return new Map();
    if (from instanceof Map) {
      spend(64 * from.size, failHere);
      return new Map(from);
    }
    if (!Array.isArray(from)) return failHere("makes a dict of a value that is no list of pairs");
    spend(64 * from.length, failHere);
    const pairs = from.map((pair): [PickleValue, PickleValue] =>
      Array.isArray(pair) && pair.length === 2
        ? [pair[0], pair[1]]
        : failHere("makes a dict of a value that is no list of pairs"),
    );
    return new Map(pairs);
  };
  const listOf: Make = ([from]) => (from === undefined ? [] : Array.isArray(from) ? from : undefined);
  const setOf: Make = ([from], failHere) => {
    if (from === undefined) return new Set();
    if (!Array.isArray(from)) return undefined;
    spend(64 * from.length, failHere);
    return new Set(from);
  };
  const bytesOf: Make = ([from], failHere) => {
    if (from === undefined) return new Uint8Array(0);
    if (from instanceof Uint8Array) return from;
    if (typeof from !== "string") return undefined;
    spend(from.length, failHere);
    return latinBytes(from);
  };

  const tensor: Make = ([storage, offset, size, stride], failHere) => {
    if (!(storage instanceof PickleStorage)) return failHere("makes a tensor without a storage");
    return strided(storage.raw, storage.offset, storage.count, offset, size, stride, failHere);
  };
  const tensorOfDtype: Make = ([storage, offset, size, stride, , , dtype], failHere) => {
    if (!(storage instanceof PickleStorage) || !(dtype instanceof PickleGlobal))
      return failHere("makes a tensor without a storage and a number format");
    const name = dtype.name.replace(/^torch\./, "");
    const kind = Object.hasOwn(torchDtypes, name) ? torchDtypes[name] : undefined;
    const width = kind === undefined ? 1 : widthOf(kind);
    const count = Math.floor(storage.count / width);
    if (storage.offset % width !== 0) return failHere("makes a tensor that begins inside a number");
    const raw = withFormat(storage.raw, kind, name, count);
    if (kind === undefined) return unread(raw);
    return strided(raw, storage.offset / width, count, offset, size, stride, failHere);
  };

  const makers: Readonly<Record<string, Make>> = {
    "builtins.list": listOf,
    "builtins.tuple": listOf,
    "torch.Size": listOf,
    "collections.deque": listOf,
    "builtins.dict": mapOf,
    "collections.OrderedDict": mapOf,
    "collections.Counter": mapOf,
    "collections.defaultdict": () => new Map(),
    "builtins.set": setOf,
    "builtins.frozenset": setOf,
    "builtins.bytes": bytesOf,
    "builtins.bytearray": bytesOf,
    "_codecs.encode": bytesOf,
    "copyreg._reconstructor": ([type]) =>
      type instanceof PickleGlobal ? new PickleObject(type.name, []) : undefined,
    "torch._utils._rebuild_tensor": tensor,
    "torch._utils._rebuild_tensor_v2": tensor,
    "torch._utils._rebuild_tensor_v3": tensorOfDtype,
    "torch._utils._rebuild_parameter": ([data]) => data,
    "torch._utils._rebuild_parameter_with_state": ([data]) => data,
    "torch.nn.parameter.Parameter": ([data]) => (data instanceof PickleArray ? data : undefined),
    "torch._tensor._rebuild_from_type_v2": ([make, , args], failHere) =>
      make instanceof PickleGlobal && Array.isArray(args) ? call(make.name, args, failHere) : undefined,
    "torch.storage._load_from_bytes": ([bytes], failHere) => {
      const nested = typeof bytes === "string" ? bytesOf([bytes], failHere) : bytes;
      if (!(nested instanceof Uint8Array)) return failHere("loads a storage from a value that is no bytes");
      return loadNested(nested, failHere);
    },
    "numpy.dtype": ([code]) =>
      typeof code === "string" ? new PickleDtype(code.replace(/^[<>|=]/, ""), orderOf(code)) : undefined,
    "numpy._core.multiarray._reconstruct": () => new PickleArray(),
    "numpy.ndarray": () => new PickleArray(),
    "numpy._core.multiarray.scalar": ([dtype, bytes], failHere) => scalar(dtype, bytes, failHere),
    "numpy._core.numeric._frombuffer": ([buffer, dtype, shape, order], failHere) => {
      const array = new PickleArray();
      fill(array, shape, dtype, order === "F", buffer, failHere);
      return array;
    },
  };

  function call(name: string, args: PickleValue, failHere: Fail): PickleValue | undefined {
    const make = Object.hasOwn(makers, name) ? makers[name] : undefined;
    return make && Array.isArray(args) ? make(args, failHere) : undefined;
  }

  /** Numbers of a NumPy array, as its state or its buffer gives them. */
  function fill(
    array: PickleArray,
    shape: PickleValue,
    dtype: PickleValue,
    fortran: boolean,
    data: PickleValue,
    failHere: Fail,
  ): void {
    const sizes = sizesOf(shape, failHere);
    const count = countOf(sizes);
    if (count === undefined || !(dtype instanceof PickleDtype)) {
      failHere("gives an array no valid shape or number format");
      return;
    }
    const { kind, littleEndian, text } = numpyFormat(dtype);
    array.shape = sizes;
    array.strides = stridesOf(sizes, fortran);
    array.raw = { kind, dtype: text, littleEndian, count, bytes: undefined };
    if (kind === undefined) return;
    const bytes = typeof data === "string" ? bytesOf([data], failHere) : data;
    const wanted = count * widthOf(kind);
    if (!(bytes instanceof Uint8Array) || bytes.length !== wanted) {
      const got = bytes instanceof Uint8Array ? `${bytes.length} bytes` : "no bytes";
      failHere(`gives an array ${got}, expected ${wanted}`);
      return;
    }
    array.raw.bytes = bytes;
  }

  return {
    unknown,
    call,
    persistent,
    named(name) {
      if (!Object.hasOwn(makers, name) && !familiar.test(name) && unknown.size < 1000) unknown.add(name);
    },
    build(target, state, failHere) {
      if (target instanceof PickleDtype) {
        if (Array.isArray(state) && typeof state[1] === "string") target.order = state[1];
        return true;
      }
      if (target instanceof PickleArray) {
        // A tensor's attributes; an array's (version, shape, dtype, is Fortran, data).
        if (target.raw === undefined && Array.isArray(state) && state.length === 5)
          fill(target, state[1], state[2], state[3] === true || state[3] === 1, state[4], failHere);
        return true;
      }
      return !(target instanceof PickleObject);
    },
  };
}

/** The format behind the name of a PyTorch storage type. */
export function storageFormat(name: string): { kind: NumberKind | undefined; dtype: string } {
  const type = name.slice(name.lastIndexOf(".") + 1);
  const known = Object.hasOwn(torchKinds, type) ? torchKinds[type] : undefined;
  return { kind: known?.[0], dtype: known?.[1] ?? type.slice(0, 80) };
}

/** The same bytes as numbers of another format; `bytes` follow when the storage is reached. */
function withFormat(raw: RawNumbers, kind: NumberKind | undefined, dtype: string, count: number): RawNumbers {
  return {
    kind,
    dtype,
    count,
    littleEndian: raw.littleEndian,
    get bytes() {
      return raw.bytes;
    },
    set bytes(_) {},
  };
}

function unread(raw: RawNumbers): PickleArray {
  const array = new PickleArray();
  array.raw = raw;
  return array;
}

/** A view that is known to lie inside its storage. */
function strided(
  raw: RawNumbers,
  base: number,
  count: number,
  offset: PickleValue,
  size: PickleValue,
  stride: PickleValue,
  failHere: Fail,
): PickleArray {
  const array = new PickleArray();
  array.raw = raw;
  array.shape = sizesOf(size, failHere);
  array.strides = sizesOf(stride, failHere);
  if (array.shape.length !== array.strides.length)
    failHere("gives a tensor a stride list of another length than its shape");
  const total = countOf(array.shape);
  if (total === undefined || typeof offset !== "number" || !Number.isSafeInteger(offset) || offset < 0)
    return failHere("gives a tensor an impossible shape or offset");
  const last = array.shape.reduce((sum, n, axis) => sum + (n - 1) * array.strides[axis], offset);
  if (total > 0 && !(last < count))
    failHere(`gives a tensor number ${last} of a storage of ${count} numbers`);
  array.offset = base + offset;
  return array;
}

function sizesOf(value: PickleValue, failHere: Fail): number[] {
  const list = typeof value === "number" ? [value] : value;
  if (!Array.isArray(list) || list.length > 32) return failHere("gives an array no valid shape");
  return list.map((n) =>
    typeof n === "number" && Number.isSafeInteger(n) && n >= 0
      ? n
      : failHere("gives an array an impossible shape or stride"),
  );
}

function stridesOf(shape: readonly number[], fortran: boolean): number[] {
  const strides = new Array<number>(shape.length);
  let step = 1;
  for (let i = 0; i < shape.length; i++) {
    const axis = fortran ? i : shape.length - 1 - i;
    strides[axis] = step;
    step *= shape[axis];
  }
  return strides;
}

function orderOf(code: string): string {
  return /^[<>|=]/.test(code) ? code[0] : "=";
}

function numpyFormat({ code, order }: PickleDtype): {
  kind: NumberKind | undefined;
  littleEndian: boolean;
  text: string;
} {
  const known = /^(f[248]|[iu][1248]|b1)$/.test(code);
  const mark = /^[a-z]1$/.test(code) ? "|" : order === ">" ? ">" : "<";
  return {
    kind: known ? (code as NumberKind) : undefined,
    littleEndian: order !== ">",
    text: code[0] === "O" ? "Python objects" : `${mark}${code}`.slice(0, 40),
  };
}

function scalar(dtype: PickleValue, bytes: PickleValue, failHere: Fail): PickleValue | undefined {
  if (!(dtype instanceof PickleDtype)) return undefined;
  const { kind, littleEndian } = numpyFormat(dtype);
  const data = typeof bytes === "string" ? latinBytes(bytes.slice(0, 16)) : bytes;
  if (kind === undefined || !(data instanceof Uint8Array)) return undefined;
  if (data.length !== widthOf(kind)) return failHere(`gives a number ${data.length} bytes`);
  return decodeNumbers(data, 0, 1, kind, littleEndian).data[0];
}

function latinBytes(text: string): Uint8Array {
  const out = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) out[i] = text.charCodeAt(i);
  return out;
}
