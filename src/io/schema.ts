import * as z from "zod";
import { describe } from "../core/check.js";
import { failFile, quote } from "./fileError.js";

/**
 * A value that fits a schema, or a FileError for the first thing that does not: the place, what is there,
 * what is expected, and for an unknown field the fields there are.
 *
 * @param at - where the value stands in the file, e.g. `["layers", 0]`
 */
export function parseWith<T>(
  schema: z.ZodType<T>,
  value: unknown,
  file: string,
  at: readonly PropertyKey[] = [],
): T {
  // jitless: no code generation, so that a page with a strict content policy can use it.
  const result = schema.safeParse(value, { jitless: true });
  if (result.success) return result.data;
  return failFile(file, explain(deepest(result.error.issues[0]), schema, value, at));
}

/** `layers[0].tensors.recurrent`. */
export function pathText(path: readonly PropertyKey[]): string {
  return path
    .map((key, i) =>
      typeof key === "number" ? `[${key}]` : `${i > 0 ? "." : ""}${String(key).slice(0, 60)}`,
    )
    .join("");
}

interface Issue {
  readonly code: string | undefined;
  readonly path: readonly PropertyKey[];
  readonly message: string;
  readonly keys?: readonly string[];
  readonly errors?: readonly (readonly Issue[])[];
}

/** Of a union, the branch that got furthest. */
function deepest(raw: unknown): Issue {
  const issue = raw as Issue;
  if (issue.code !== "invalid_union" || !issue.errors) return issue;
  for (const [first] of issue.errors)
    if (first && (first.path.length > 0 || first.code === "unrecognized_keys")) {
      const inner = deepest(first);
      return { ...inner, path: [...issue.path, ...inner.path] };
    }
  return issue;
}

function explain(issue: Issue, schema: z.ZodType, value: unknown, at: readonly PropertyKey[]): string {
  const where = pathText([...at, ...issue.path]) || "the top level";
  const inner = issue.path.reduce<unknown>(
    (v, key) => (v as Record<PropertyKey, unknown> | undefined)?.[key],
    value,
  );
  const wanted = schemaAt(schema, issue.path);
  if (issue.code === "unrecognized_keys")
    return `unknown field ${quote(issue.keys?.[0] ?? "")} at ${where}, expected one of ${fieldsOf(wanted).join(", ")}`;
  const expected = expectation(wanted);
  if (inner === undefined) return `${where} is missing, expected ${expected}`;
  return `${where} is ${describe(inner)}, expected ${expected}`;
}

/** The schema of the value at a path. */
function schemaAt(schema: unknown, path: readonly PropertyKey[]): z.ZodType | undefined {
  let current = bare(schema);
  for (const key of path) {
    const options = current instanceof z.ZodUnion ? (current.options as unknown[]).map(bare) : [current];
    const object = options.find((o) => o instanceof z.ZodObject);
    const array = options.find((o) => o instanceof z.ZodArray);
    if (typeof key === "number" && array) current = bare(array.element);
    else if (object) current = bare((object.shape as Record<PropertyKey, unknown>)[key]);
    else return undefined;
  }
  return current;
}

function bare(schema: unknown): z.ZodType | undefined {
  while (schema instanceof z.ZodOptional) schema = schema.unwrap();
  return schema as z.ZodType | undefined;
}

/** The fields of an object, or of the object among a union's options. */
function fieldsOf(schema: z.ZodType | undefined): string[] {
  const options = schema instanceof z.ZodUnion ? (schema.options as unknown[]).map(bare) : [schema];
  const object = options.find((o) => o instanceof z.ZodObject);
  return object ? Object.keys(object.shape) : [];
}

/** What a schema wants, in words. */
function expectation(schema: z.ZodType | undefined): string {
  if (schema?.description) return schema.description;
  if (schema instanceof z.ZodObject) return `{ ${Object.keys(schema.shape).join(", ")} }`;
  if (schema instanceof z.ZodEnum) return `one of ${schema.options.join(", ")}`;
  if (schema instanceof z.ZodLiteral) return [...schema.values].map((v) => JSON.stringify(v)).join(" or ");
  if (schema instanceof z.ZodUnion)
    return (schema.options as z.ZodType[]).map((o) => expectation(bare(o))).join(" or ");
  if (schema instanceof z.ZodNumber) return "a finite number";
  if (schema instanceof z.ZodBoolean) return "true or false";
  if (schema instanceof z.ZodString) return "a text that is not empty";
  if (schema instanceof z.ZodArray) return "a list";
  return "something else";
}
