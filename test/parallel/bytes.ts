/** Everything in a report, as text that differs when a single bit does. */
export function bytesOf(report: unknown): string {
  return JSON.stringify(report, (_, value) => {
    if (ArrayBuffer.isView(value)) {
      const { buffer, byteOffset, byteLength } = value;
      return [value.constructor.name, Buffer.from(buffer, byteOffset, byteLength).toString("hex")];
    }
    if (typeof value !== "number" || (Number.isFinite(value) && !Object.is(value, -0))) return value;
    return Object.is(value, -0) ? "-0" : String(value);
  });
}
