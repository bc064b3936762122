/** The text that `console.log` prints, about as Node writes it; numbers in full. */
export function shown(values) {
  return values.map((value) => (typeof value === "string" ? value : textOf(value, 0))).join(" ");
}

const most = 100; // entries of an array

function textOf(value, depth) {
  if (typeof value === "string") return `'${value}'`;
  if (Object.is(value, -0)) return "-0";
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "function") return `[Function: ${value.name || "anonymous"}]`;
  if (typeof value !== "object" || value === null) return String(value);
  if (value instanceof Error) return String(value);
  if (depth > 6) return "...";
  const inner = (part) => textOf(part, depth + 1);
  if (Array.isArray(value)) return list(Array.from(value.slice(0, most), inner), value.length);
  if (ArrayBuffer.isView(value) && "length" in value)
    return `${value.constructor.name}(${value.length}) ${list(Array.from(value.subarray(0, most), inner), value.length)}`;
  if (value instanceof Map)
    return `Map(${value.size}) ${braces([...value].map(([key, part]) => `${inner(key)} => ${inner(part)}`))}`;
  if (value instanceof Set) return `Set(${value.size}) ${braces([...value].map(inner))}`;
  return braces(Object.entries(value).map(([key, part]) => `${keyText(key)}: ${inner(part)}`));
}

const list = (parts, length) =>
  length === 0 ? "[]" : `[ ${parts.join(", ")}${length > parts.length ? ", ..." : ""} ]`;

const braces = (parts) => (parts.length === 0 ? "{}" : `{ ${parts.join(", ")} }`);

const keyText = (key) => (/^[\w$]+$/.test(key) ? key : `'${key}'`);
