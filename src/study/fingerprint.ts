/**
 * A short digest of plain data (FNV-1a, two lanes): equal data, equal digest, whatever the order of an object's keys.
 * Typed arrays count as lists of numbers. O(size).
 */
export function fingerprint(data: unknown): string {
  let a = 0x811c9dc5;
  let b = 0x2f0b4c47;
  const text = canonical(data);
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    a = Math.imul(a ^ unit, 0x01000193);
    b = Math.imul(b ^ (unit + (a >>> 15)), 0x85ebca6b);
  }
  return [a, b].map((word) => (word >>> 0).toString(16).padStart(8, "0")).join("");
}

function canonical(data: unknown): string {
  if (ArrayBuffer.isView(data)) return canonical(Array.from(data as unknown as ArrayLike<number>));
  if (Array.isArray(data)) return `[${data.map(canonical).join(",")}]`;
  if (typeof data === "object" && data !== null)
    return `{${Object.entries(data)
      .sort(([p], [q]) => (p < q ? -1 : 1))
      .map(([key, value]) => `${JSON.stringify(key)}:${canonical(value)}`)
      .join(",")}}`;
  return JSON.stringify(data) ?? "null";
}
