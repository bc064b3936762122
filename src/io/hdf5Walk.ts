/** What {@link walkHdf5} needs of h5wasm's module: the calls of its C++ side, and its file system in memory. */
export interface Hdf5Module {
  readonly HEAPU8: Uint8Array;
  readonly FS: {
    writeFile(path: string, bytes: Uint8Array): void;
    unlink(path: string): void;
  };
  readonly H5F_ACC_RDONLY: number;
  readonly H5F_LIBVER_EARLIEST: number;
  readonly H5F_LIBVER_LATEST: number;
  open(path: string, mode: number, trackOrder: boolean, low: number, high: number): bigint;
  close_file(id: bigint): number;
  get_names(id: bigint, path: string, recursive: boolean): string[];
  get_type(id: bigint, path: string): number;
  get_attribute_names(id: bigint, path: string): string[];
  get_attribute_metadata(id: bigint, path: string, name: string): Hdf5Metadata;
  get_attribute_data(id: bigint, path: string, name: string, pointer: bigint): number;
  get_dataset_metadata(id: bigint, path: string): Hdf5Metadata;
  get_dataset_data(
    id: bigint,
    path: string,
    count: null,
    offset: null,
    strides: null,
    pointer: bigint,
  ): number;
  /** Errors are thrown, and not printed. */
  activate_throwing_error_handler(): number;
  deactivate_throwing_error_handler(): number;
  _malloc(size: number): number;
  _free(pointer: number): void;
}

interface Hdf5Metadata {
  /** Class of the datatype: 0 integer, 1 float, 3 text, ... */
  readonly type: number;
  /** Bytes of one entry. */
  readonly size: number;
  readonly signed: boolean;
  /** A text of variable length. */
  readonly vlen: boolean;
  readonly shape: readonly number[] | null;
  readonly total_size: number;
}

/** What a HDF5 file holds, as plain data that can cross to another thread. */
export interface Hdf5Contents {
  readonly arrays: readonly {
    /** Path without the leading slash. */
    readonly name: string;
    readonly shape: readonly number[];
    /** `"float32"`, `"int64"`, `"bfloat16"`, ... */
    readonly dtype: string;
    /** Little-endian. */
    readonly bytes: Uint8Array;
  }[];
  /** Attributes that are texts: the object's path (`""` for the file), name and values. */
  readonly texts: readonly { readonly path: string; readonly name: string; readonly values: string[] }[];
  readonly notes: readonly string[];
}

/**
 * Every array of numbers and every text attribute of a HDF5 file. Sizes are checked before memory is asked for; links are
 * not followed. Throws an Error that says what is wrong, or whatever the C library's trap throws.
 *
 * It runs from its source text on a thread of its own, so it refers to nothing outside itself.
 *
 * @param most - bytes of all arrays and texts together
 */
export function walkHdf5(module: Hdf5Module, bytes: Uint8Array, most: number): Hdf5Contents {
  const mostObjects = 20_000;
  const deepest = 32;
  const arrays: Hdf5Contents["arrays"][number][] = [];
  const texts: Hdf5Contents["texts"][number][] = [];
  const notes: string[] = [];
  let room = most;
  let objects = 0;
  const path = "/weights.h5";
  module.FS.writeFile(path, bytes);
  const id = module.open(
    path,
    module.H5F_ACC_RDONLY,
    false,
    module.H5F_LIBVER_EARLIEST,
    module.H5F_LIBVER_LATEST,
  );
  if (id < 0n) throw new Error("is no HDF5 file that can be opened");

  /** The bytes of one object, copied out of the C library's memory. */
  const bytesOf = (what: string, size: number, read: (pointer: bigint) => number): Uint8Array => {
    if (!Number.isSafeInteger(size) || size < 0 || size > room)
      throw new Error(`${what} declares ${size} bytes, far more than the file has`);
    room -= size;
    const pointer = module._malloc(Math.max(size, 16));
    if (pointer === 0) throw new Error(`${what} needs ${size} bytes of memory, more than it may have`);
    try {
      module.HEAPU8.fill(0, pointer, pointer + size);
      if (read(BigInt(pointer)) < 0) throw new Error(`${what} cannot be read (damaged or truncated)`);
      return module.HEAPU8.slice(pointer, pointer + size);
    } finally {
      module._free(pointer);
    }
  };

  const attributesOf = (object: string): string | undefined => {
    let stored: string | undefined;
    for (const name of module.get_attribute_names(id, object)) {
      if (++objects > mostObjects) throw new Error(`holds more than ${mostObjects} objects`);
      const what = `attribute ${JSON.stringify(name.slice(0, 60))} of ${JSON.stringify(object.slice(0, 60))}`;
      const { type, size, vlen, shape, total_size: count } = module.get_attribute_metadata(id, object, name);
      if (type !== 3 || shape === null || shape.length > 1) continue;
      const values: string[] = [];
      const decoder = new TextDecoder();
      const raw = bytesOf(what, (vlen ? 4 : size) * count, (pointer) =>
        module.get_attribute_data(id, object, name, pointer),
      );
      const view = new DataView(raw.buffer);
      for (let i = 0; i < count; i++) {
        // A text of variable length is a pointer into the C library's memory.
        const source = vlen ? module.HEAPU8 : raw;
        const start = vlen ? view.getUint32(4 * i, true) : size * i;
        if (vlen && start === 0) {
          values.push("");
          continue;
        }
        const limit = vlen ? Math.min(source.length, start + room) : start + size;
        const zero = source.subarray(start, limit).indexOf(0);
        if (zero < 0 && vlen) throw new Error(`${what} is a text without an end`);
        const end = zero < 0 ? limit : start + zero;
        room -= end - start;
        values.push(decoder.decode(source.subarray(start, end)));
      }
      if (name === "dtype" && values.length === 1) stored = values[0];
      texts.push({ path: object.slice(1), name, values });
    }
    return stored;
  };

  const visit = (group: string, depth: number): void => {
    if (depth > deepest) throw new Error(`has groups nested deeper than ${deepest} levels`);
    attributesOf(group);
    for (const name of module.get_names(id, group, false)) {
      if (++objects > mostObjects) throw new Error(`holds more than ${mostObjects} objects`);
      const object = group === "/" ? `/${name}` : `${group}/${name}`;
      const label = JSON.stringify(object.slice(1, 81));
      const type = module.get_type(id, object);
      if (type === 0) visit(object, depth + 1);
      else if (type === 1) {
        const metadata = module.get_dataset_metadata(id, object);
        const { shape, size, total_size: count } = metadata;
        const told = attributesOf(object);
        const widths = metadata.type === 1 ? [2, 4, 8] : metadata.type === 0 ? [1, 2, 4, 8] : [];
        const brain = told === "bfloat16" && size === 2;
        if (shape === null || (!widths.includes(size) && !brain)) {
          notes.push(`dataset ${label} skipped: it holds no real numbers`);
          continue;
        }
        const kind = metadata.type === 1 ? "float" : metadata.signed ? "int" : "uint";
        const data = bytesOf(`dataset ${label}`, size * count, (pointer) =>
          module.get_dataset_data(id, object, null, null, null, pointer),
        );
        const dtype = brain ? "bfloat16" : `${kind}${8 * size}`;
        arrays.push({ name: object.slice(1), shape: Array.from(shape, Number), dtype, bytes: data });
      } else if (type < 0) throw new Error(`${label} leads nowhere (damaged, or a broken link)`);
      else notes.push(`${label} skipped: it is a ${type === 2 ? "named type" : "link"}`);
    }
  };

  try {
    visit("/", 0);
    return { arrays, texts, notes };
  } finally {
    module.close_file(id);
    module.FS.unlink(path);
  }
}
