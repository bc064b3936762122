// Makes the files of this folder from the full networks: node examples/flipflop/make.mjs [FOLDER]
// FOLDER holds NAME/weights.safetensors and NAME/test.safetensors. Nothing but Node is needed.
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const here = new URL("./", import.meta.url);
const source = process.argv[2] ?? fileURLToPath(new URL("../../test/fixtures/flipflop", here));
const starts = 256;

for (const name of ["ff3_tanh16", "ff3_gru16", "ff3_lstm16", "integ_tanh64_static"]) {
  copyFileSync(`${source}/${name}/weights.safetensors`, new URL(`${name}.safetensors`, here));
  const full = readTensors(`${source}/${name}/test.safetensors`);
  writeTensors(new URL(`${name}-starts.safetensors`, here), {
    "traj.state": firstRows(full["traj.state"], 1), // float64 first, so that every tensor is aligned
    inits: firstRows(full.inits, starts),
    "traj.input": firstRows(full["traj.input"], 1),
  });
}

/** The first `count` entries along the leading axis. */
function firstRows({ dtype, shape, bytes }, count) {
  return {
    dtype,
    shape: [count, ...shape.slice(1)],
    bytes: bytes.subarray(0, (bytes.length / shape[0]) * count),
  };
}

/** A safetensors file: 8 bytes of header length (little endian), a JSON header, the raw tensors. */
function readTensors(path) {
  const file = readFileSync(path);
  const dataStart = 8 + Number(file.readBigUInt64LE(0));
  const { __metadata__, ...header } = JSON.parse(file.subarray(8, dataStart).toString());
  return Object.fromEntries(
    Object.entries(header).map(
      ([
        name,
        {
          dtype,
          shape,
          data_offsets: [start, end],
        },
      ]) => [name, { dtype, shape, bytes: file.subarray(dataStart + start, dataStart + end) }],
    ),
  );
}

function writeTensors(path, tensors) {
  const header = {};
  let offset = 0;
  for (const [name, { dtype, shape, bytes }] of Object.entries(tensors)) {
    header[name] = { dtype, shape, data_offsets: [offset, offset + bytes.length] };
    offset += bytes.length;
  }
  const text = JSON.stringify(header);
  const padded = Buffer.from(text.padEnd(Math.ceil(text.length / 8) * 8));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(padded.length));
  writeFileSync(path, Buffer.concat([length, padded, ...Object.values(tensors).map((t) => t.bytes)]));
}
