import { failFile, quote } from "./fileError.js";
import { PickleGlobal, PickleObject, type PickleValue } from "./pickleValue.js";

/** What one file may cost, all its pickles together. */
export interface PickleBudget {
  /** Opcodes. */
  opcodes: number;
  /** Lists, dicts, sets, records. */
  containers: number;
  /** Bytes copied while values are built. */
  bytes: number;
}

/** The budget of a file of this many bytes. */
export function pickleBudget(length: number): PickleBudget {
  return { opcodes: 2 ** 22, containers: 2 ** 18, bytes: 4 * length + 2 ** 20 };
}

/** What a pickle may build. */
export interface PickleWorld {
  /** What a known name makes of its arguments; `undefined` leaves an inert record. Runs nothing of the file's. */
  call(name: string, args: PickleValue, failHere: (message: string) => never): PickleValue | undefined;
  /** Gives a known object its state; false where it takes none. */
  build(target: PickleValue, state: PickleValue, failHere: (message: string) => never): boolean;
  /** What a persistent id stands for. */
  persistent(id: PickleValue, failHere: (message: string) => never): PickleValue;
  /** Told of every name, known or not. */
  named(name: string): void;
}

const deepestMarks = 1000;
const largestMemo = 2 ** 20;
const longestInteger = 256;
const longestLine = 2 ** 16;

/**
 * One pickle, protocols 0 to 5, as plain values: a stack machine in which nothing is imported and nothing runs.
 * Names become {@link PickleGlobal}; what `world` does not know how to build becomes a {@link PickleObject}.
 *
 * Failure: a FileError with the byte of the opcode: unknown opcode, stack underflow, a length beyond the end,
 * an integer of more than 256 bytes, marks nested deeper than 1000, or the budget spent. O(bytes).
 * Source: Python's pickletools (PEP 307, 3154, 574).
 */
export function unpickle(
  bytes: Uint8Array,
  start: number,
  world: PickleWorld,
  budget: PickleBudget,
  file: string,
): { value: PickleValue; end: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const stack: PickleValue[] = [];
  const marks: number[] = [];
  const memo = new Map<number, PickleValue>();
  let at = start;
  let opcodeAt = start;

  const failHere = (message: string): never =>
    failFile(file, `pickle opcode ${opcodeText(bytes[opcodeAt])} at byte ${opcodeAt} ${message}`);
  const take = (length: number): number => {
    if (length > bytes.length - at)
      failHere(`needs ${length} bytes, but ${bytes.length - at} are left (truncated)`);
    const from = at;
    at += length;
    return from;
  };
  const u1 = () => bytes[take(1)];
  const u2 = () => view.getUint16(take(2), true);
  const u4 = () => view.getUint32(take(4), true);
  const u8 = (): number => {
    const length = view.getBigUint64(take(8), true);
    if (length > BigInt(bytes.length))
      failHere(`declares ${length} bytes, but the file has ${bytes.length} (truncated)`);
    return Number(length);
  };
  const data = (length: number): Uint8Array => {
    const from = take(length);
    return bytes.subarray(from, from + length);
  };
  const text = (length: number): string => new TextDecoder().decode(data(length));
  const latin = (length: number): string => latinText(data(length));
  const line = (longest = longestLine): string => {
    const end = bytes.indexOf(0x0a, at);
    if (end < 0) failHere("has no line end (truncated)");
    if (end - at > longest) failHere(`has a line of ${end - at} bytes, expected at most ${longest}`);
    const out = latin(end - at);
    at = end + 1;
    return out;
  };
  const container = <T extends PickleValue>(value: T): T => {
    if (--budget.containers < 0) failHere("makes more objects than any network has");
    return value;
  };
  const push = (value: PickleValue) => void stack.push(value);
  const pop = (): PickleValue => {
    if (stack.length <= (marks.at(-1) ?? 0)) failHere("takes a value that is not there");
    return stack.pop()!;
  };
  const top = (): PickleValue => {
    if (stack.length <= (marks.at(-1) ?? 0)) failHere("needs a value that is not there");
    return stack[stack.length - 1];
  };
  const sinceMark = (): PickleValue[] => {
    const from = marks.pop();
    if (from === undefined) return failHere("needs a mark that is not there");
    return stack.splice(from);
  };
  const integer = (length: number): number | bigint => {
    if (length > longestInteger)
      failHere(`has an integer of ${length} bytes, expected at most ${longestInteger}`);
    const part = data(length);
    let value = 0n;
    for (let i = length - 1; i >= 0; i--) value = (value << 8n) | BigInt(part[i]);
    return plainInteger(length > 0 ? BigInt.asIntN(8 * length, value) : 0n);
  };
  const remember = (index: number) => {
    memo.set(index, top());
    if (memo.size > largestMemo) failHere("remembers more values than any network has");
  };
  const recall = (index: number) => {
    const value = memo.get(index);
    if (value === undefined) failHere(`recalls value ${index}, which was not remembered`);
    push(value!);
  };
  const global = (name: string) => {
    if (name.length > 512) failHere("has a name of more than 512 characters");
    const known = modernName(name);
    world.named(known);
    push(container(new PickleGlobal(known)));
  };
  const call = (target: PickleValue, args: PickleValue): PickleValue => {
    const name = target instanceof PickleGlobal ? target.name : "(no name)";
    return world.call(name, args, failHere) ?? new PickleObject(name, args);
  };
  const append = (target: PickleValue, items: PickleValue[]) => {
    if (Array.isArray(target)) for (const item of items) target.push(item);
    else if (target instanceof Set) for (const item of items) target.add(item);
    else if (target instanceof PickleObject) for (const item of items) target.items.push(item);
    else failHere("appends to a value that is no list");
  };
  const setItems = (target: PickleValue, pairs: PickleValue[]) => {
    if (pairs.length % 2 === 1) failHere("has a key without a value");
    const map = target instanceof PickleObject ? target.entries : target;
    if (!(map instanceof Map)) return failHere("sets an item of a value that is no dict");
    for (let i = 0; i < pairs.length; i += 2) map.set(pairs[i], pairs[i + 1]);
  };

  for (;;) {
    opcodeAt = at;
    if (at >= bytes.length) failFile(file, `pickle ends at byte ${at} without its stop opcode (truncated)`);
    if (--budget.opcodes < 0) failHere("is one opcode more than any network needs");
    const opcode = bytes[at++];
    switch (opcode) {
      case 0x80: {
        const protocol = u1();
        if (protocol > 5) failHere(`says protocol ${protocol}, expected at most 5`);
        break;
      }
      case 0x95: {
        const length = u8();
        if (length > bytes.length - at)
          failHere(`declares a frame of ${length} bytes, but ${bytes.length - at} are left (truncated)`);
        break;
      }
      case 0x2e: // .  STOP
        return { value: pop(), end: at };
      case 0x28: // (  MARK
        marks.push(stack.length);
        if (marks.length > deepestMarks) failHere(`is nested deeper than ${deepestMarks} levels`);
        break;
      case 0x30: // 0  POP
        if (stack.length === (marks.at(-1) ?? -1)) marks.pop();
        else pop();
        break;
      case 0x31: // 1  POP_MARK
        sinceMark();
        break;
      case 0x32: // 2  DUP
        push(top());
        break;
      case 0x4e: // N  NONE
        push(null);
        break;
      case 0x88: // NEWTRUE
        push(true);
        break;
      case 0x89: // NEWFALSE
        push(false);
        break;
      case 0x49: {
        // I  INT
        const digits = line();
        push(digits === "00" ? false : digits === "01" ? true : textInteger(digits, failHere));
        break;
      }
      case 0x4c: // L  LONG
        push(textInteger(line().replace(/L$/, ""), failHere));
        break;
      case 0x4a: // J  BININT
        push(view.getInt32(take(4), true));
        break;
      case 0x4b: // K  BININT1
        push(u1());
        break;
      case 0x4d: // M  BININT2
        push(u2());
        break;
      case 0x8a: // LONG1
        push(integer(u1()));
        break;
      case 0x8b: // LONG4
        push(integer(u4()));
        break;
      case 0x46: // F  FLOAT
        push(textNumber(line(), failHere));
        break;
      case 0x47: // G  BINFLOAT
        push(view.getFloat64(take(8), false));
        break;
      case 0x53: // S  STRING
        push(quotedText(line(bytes.length), failHere));
        break;
      case 0x54: // T  BINSTRING
        push(latin(u4()));
        break;
      case 0x55: // U  SHORT_BINSTRING
        push(latin(u1()));
        break;
      case 0x56: // V  UNICODE
        push(
          line(bytes.length).replace(/\\u([0-9a-fA-F]{4})/g, (_, hex: string) =>
            String.fromCharCode(Number.parseInt(hex, 16)),
          ),
        );
        break;
      case 0x58: // X  BINUNICODE
        push(text(u4()));
        break;
      case 0x8c: // SHORT_BINUNICODE
        push(text(u1()));
        break;
      case 0x8d: // BINUNICODE8
        push(text(u8()));
        break;
      case 0x42: // B  BINBYTES
        push(data(u4()));
        break;
      case 0x43: // C  SHORT_BINBYTES
        push(data(u1()));
        break;
      case 0x8e: // BINBYTES8
      case 0x96: // BYTEARRAY8
        push(data(u8()));
        break;
      case 0x5d: // ]  EMPTY_LIST
        push(container([]));
        break;
      case 0x6c: // l  LIST
      case 0x74: // t  TUPLE
        push(container(sinceMark()));
        break;
      case 0x29: // )  EMPTY_TUPLE
        push(container([]));
        break;
      case 0x85: // TUPLE1
      case 0x86: // TUPLE2
      case 0x87: {
        const items = Array.from({ length: opcode - 0x84 }, pop).reverse();
        push(container(items));
        break;
      }
      case 0x7d: // }  EMPTY_DICT
        push(container(new Map()));
        break;
      case 0x64: {
        // d  DICT
        const pairs = sinceMark();
        const map = container(new Map<PickleValue, PickleValue>());
        setItems(map, pairs);
        push(map);
        break;
      }
      case 0x8f: // EMPTY_SET
        push(container(new Set()));
        break;
      case 0x91: // FROZENSET
        push(container(new Set(sinceMark())));
        break;
      case 0x61: {
        // a  APPEND
        const item = pop();
        append(top(), [item]);
        break;
      }
      case 0x65: // e  APPENDS
      case 0x90: {
        // ADDITEMS
        const items = sinceMark();
        append(top(), items);
        break;
      }
      case 0x73: {
        // s  SETITEM
        const value = pop();
        const key = pop();
        setItems(top(), [key, value]);
        break;
      }
      case 0x75: {
        // u  SETITEMS
        const pairs = sinceMark();
        setItems(top(), pairs);
        break;
      }
      case 0x67: // g  GET
        recall(Number(line(20)));
        break;
      case 0x68: // h  BINGET
        recall(u1());
        break;
      case 0x6a: // j  LONG_BINGET
        recall(u4());
        break;
      case 0x70: // p  PUT
        remember(Number(line(20)));
        break;
      case 0x71: // q  BINPUT
        remember(u1());
        break;
      case 0x72: // r  LONG_BINPUT
        remember(u4());
        break;
      case 0x94: // MEMOIZE
        remember(memo.size);
        break;
      case 0x63: {
        // c  GLOBAL
        const module = line();
        global(`${module}.${line()}`);
        break;
      }
      case 0x93: {
        // STACK_GLOBAL
        const name = pop();
        const module = pop();
        if (typeof name !== "string" || typeof module !== "string") failHere("has a name that is no text");
        global(`${module as string}.${name as string}`);
        break;
      }
      case 0x82: // EXT1
        global(`copyreg.extension_${u1()}`);
        break;
      case 0x83: // EXT2
        global(`copyreg.extension_${u2()}`);
        break;
      case 0x84: // EXT4
        global(`copyreg.extension_${u4()}`);
        break;
      case 0x52: // R  REDUCE
      case 0x81: {
        // NEWOBJ
        const args = pop();
        const target = pop();
        push(container(call(target, args)));
        break;
      }
      case 0x92: {
        // NEWOBJ_EX
        pop();
        const args = pop();
        const target = pop();
        push(container(call(target, args)));
        break;
      }
      case 0x69: {
        // i  INST
        const module = line();
        const name = modernName(`${module}.${line()}`);
        world.named(name);
        const args = sinceMark();
        push(container(call(new PickleGlobal(name), args)));
        break;
      }
      case 0x6f: {
        // o  OBJ
        const [target, ...args] = sinceMark();
        push(container(call(target ?? null, args)));
        break;
      }
      case 0x62: {
        // b  BUILD
        const state = pop();
        const target = top();
        if (!world.build(target, state, failHere) && target instanceof PickleObject) target.state = state;
        break;
      }
      case 0x50: // P  PERSID
        push(container(world.persistent(line(), failHere)));
        break;
      case 0x51: // Q  BINPERSID
        push(container(world.persistent(pop(), failHere)));
        break;
      case 0x97: // NEXT_BUFFER
        failHere("wants a buffer kept outside the file");
        break;
      case 0x98: // READONLY_BUFFER
        break;
      default:
        failHere("is unknown");
    }
  }
}

/** Python 2's and NumPy 1's names of what has moved since. */
function modernName(name: string): string {
  return name
    .replace(/^__builtin__\./, "builtins.")
    .replace(/^copy_reg\./, "copyreg.")
    .replace(/^numpy\.core\./, "numpy._core.");
}

function opcodeText(opcode: number | undefined): string {
  if (opcode === undefined) return "(none)";
  return opcode > 0x20 && opcode < 0x7f
    ? quote(String.fromCharCode(opcode))
    : `0x${opcode.toString(16).padStart(2, "0")}`;
}

/** Bytes as text, one character each. */
function latinText(bytes: Uint8Array): string {
  const parts: string[] = [];
  for (let at = 0; at < bytes.length; at += 8192)
    parts.push(String.fromCharCode(...bytes.subarray(at, at + 8192)));
  return parts.join("");
}

function plainInteger(value: bigint): number | bigint {
  const near = Number(value);
  return Number.isSafeInteger(near) ? near : value;
}

function textInteger(digits: string, failHere: (message: string) => never): number | bigint {
  if (!/^[+-]?\d{1,600}$/.test(digits)) failHere("has no whole number");
  return plainInteger(BigInt(digits.replace(/^\+/, "")));
}

function textNumber(digits: string, failHere: (message: string) => never): number {
  const special: Readonly<Record<string, number>> = { inf: Infinity, "-inf": -Infinity, nan: Number.NaN };
  const value = Object.hasOwn(special, digits) ? special[digits] : Number(digits || "x");
  if (Number.isNaN(value) && digits !== "nan") failHere("has no number");
  return value;
}

const escapes: Readonly<Record<string, string>> = {
  n: "\n",
  r: "\r",
  t: "\t",
  "\\": "\\",
  "'": "'",
  '"': '"',
};

/** Python 2's way to write a text, in quotes and with escapes. */
function quotedText(source: string, failHere: (message: string) => never): string {
  const quoteMark = source[0];
  if (source.length < 2 || (quoteMark !== "'" && quoteMark !== '"') || source.at(-1) !== quoteMark)
    failHere("has a text without quotes");
  return source
    .slice(1, -1)
    .replace(/\\(x[0-9a-fA-F]{2}|[\s\S])/g, (_, code: string) =>
      code.length === 3 ? String.fromCharCode(Number.parseInt(code.slice(1), 16)) : (escapes[code] ?? code),
    );
}
