import { readFileSync } from "node:fs";

/** A float32 tensor of a PyTorch state dict. */
export interface TorchTensor {
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

/**
 * The tensors of a state dict saved by `torch.save`, for tests on published networks: a zip of uncompressed entries with
 * a pickle that names them. Knows the few opcodes of such a pickle, runs nothing, and throws at any other.
 */
export function torchTensors(path: string): Record<string, TorchTensor> {
  const bytes = readFileSync(path);
  const entries = storedEntries(bytes);
  const pickle = [...entries].find(([name]) => name.endsWith("/data.pkl"));
  if (!pickle) throw new Error("no data.pkl");
  const root = pickle[0].slice(0, -"data.pkl".length);
  return stateDict(pickle[1], (key) => entries.get(`${root}data/${key}`)!);
}

function storedEntries(bytes: Buffer): Map<string, Buffer> {
  const end = bytes.lastIndexOf(Buffer.from("PK\x05\x06", "latin1"));
  const out = new Map<string, Buffer>();
  let at = bytes.readUInt32LE(end + 16);
  for (let k = bytes.readUInt16LE(end + 10); k > 0; k--) {
    if (bytes.readUInt16LE(at + 10) !== 0) throw new Error("compressed entry");
    const size = bytes.readUInt32LE(at + 24);
    const nameLength = bytes.readUInt16LE(at + 28);
    const local = bytes.readUInt32LE(at + 42);
    const name = bytes.toString("utf8", at + 46, at + 46 + nameLength);
    const start = local + 30 + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28);
    out.set(name, bytes.subarray(start, start + size));
    at += 46 + nameLength + bytes.readUInt16LE(at + 30) + bytes.readUInt16LE(at + 32);
  }
  return out;
}

interface Reference {
  readonly key: string;
}

function stateDict(pickle: Buffer, storage: (key: string) => Buffer): Record<string, TorchTensor> {
  const mark = Symbol("mark");
  const stack: unknown[] = [];
  const memo = new Map<number, unknown>();
  const toMark = () => stack.splice(stack.lastIndexOf(mark)).slice(1);
  let at = 0;
  const byte = () => pickle[at++];
  for (;;) {
    const op = byte();
    switch (op) {
      case 0x80:
        at++;
        break;
      case 0x63: {
        const first = pickle.indexOf(10, at);
        const second = pickle.indexOf(10, first + 1);
        stack.push(pickle.toString("latin1", first + 1, second));
        at = second + 1;
        break;
      }
      case 0x71:
        memo.set(byte(), stack.at(-1));
        break;
      case 0x72:
        memo.set(pickle.readUInt32LE(at), stack.at(-1));
        at += 4;
        break;
      case 0x68:
        stack.push(memo.get(byte()));
        break;
      case 0x6a:
        stack.push(memo.get(pickle.readUInt32LE(at)));
        at += 4;
        break;
      case 0x28:
        stack.push(mark);
        break;
      case 0x29:
        stack.push([]);
        break;
      case 0x7d:
        stack.push({});
        break;
      case 0x58: {
        const length = pickle.readUInt32LE(at);
        stack.push(pickle.toString("utf8", at + 4, at + 4 + length));
        at += 4 + length;
        break;
      }
      case 0x4b:
        stack.push(byte());
        break;
      case 0x4d:
        stack.push(pickle.readUInt16LE(at));
        at += 2;
        break;
      case 0x4a:
        stack.push(pickle.readInt32LE(at));
        at += 4;
        break;
      case 0x74:
        stack.push(toMark());
        break;
      case 0x85:
      case 0x86:
      case 0x87:
        stack.push(stack.splice(-(op - 0x84)));
        break;
      case 0x88:
      case 0x89:
        stack.push(op === 0x88);
        break;
      case 0x51: {
        const [, kind, key] = stack.pop() as [string, string, string];
        if (kind !== "FloatStorage") throw new Error(`storage ${kind}`);
        stack.push({ key } satisfies Reference);
        break;
      }
      case 0x52: {
        const given = stack.pop() as unknown[];
        const name = stack.pop();
        if (name === "OrderedDict") stack.push({});
        else if (name === "_rebuild_tensor_v2")
          stack.push(
            tensor(
              storage((given[0] as Reference).key),
              given[1] as number,
              given[2] as number[],
              given[3] as number[],
            ),
          );
        else throw new Error(`calls ${String(name)}`);
        break;
      }
      case 0x75: {
        const pairs = toMark();
        const target = stack.at(-1) as Record<string, unknown>;
        for (let i = 0; i < pairs.length; i += 2) target[pairs[i] as string] = pairs[i + 1];
        break;
      }
      case 0x73: {
        const [key, value] = stack.splice(-2);
        (stack.at(-1) as Record<string, unknown>)[key as string] = value;
        break;
      }
      case 0x62:
        stack.pop();
        break;
      case 0x2e:
        return stack.pop() as Record<string, TorchTensor>;
      default:
        throw new Error(`opcode ${op} at ${at - 1}`);
    }
  }
}

function tensor(
  bytes: Buffer,
  offset: number,
  shape: readonly number[],
  stride: readonly number[],
): TorchTensor {
  const count = shape.reduce((product, n) => product * n, 1);
  const data = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    let rest = i;
    let from = offset;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += (rest % shape[axis]) * stride[axis];
      rest = Math.floor(rest / shape[axis]);
    }
    data[i] = bytes.readFloatLE(4 * from);
  }
  return { shape, data };
}
