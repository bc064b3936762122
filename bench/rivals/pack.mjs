// Typed arrays within JSON, bit for bit: { f64: base64 } or { f32: base64 }.

/** For JSON.stringify. */
export function pack(_, value) {
  if (value instanceof Float64Array) return { f64: bytes(value).toString("base64") };
  if (value instanceof Float32Array) return { f32: bytes(value).toString("base64") };
  return value;
}

/** For JSON.parse. */
export function unpack(_, value) {
  if (typeof value?.f64 === "string") return new Float64Array(buffer(value.f64));
  if (typeof value?.f32 === "string") return new Float32Array(buffer(value.f32));
  return value;
}

const bytes = (array) => Buffer.from(array.buffer, array.byteOffset, array.byteLength);
const buffer = (base64) => new Uint8Array(Buffer.from(base64, "base64")).buffer;
