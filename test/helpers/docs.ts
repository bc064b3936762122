import ts from "typescript";
import { doors, root, textOf } from "./files.js";

/** A code block of the documentation. */
export interface Block {
  /** Where it stands: `README.md:12`, or `src/io/npz.ts readNpz`. */
  readonly at: string;
  readonly language: string;
  readonly code: string;
  /** The reason in a `<!-- not run: reason -->` right above it. */
  readonly notRun?: string;
}

const languages: Readonly<Record<string, string>> = {
  js: "js",
  javascript: "js",
  mjs: "js",
  ts: "ts",
  typescript: "ts",
  sh: "sh",
  bash: "sh",
  shell: "sh",
  json: "json",
};

/** The js, ts, sh and json blocks of a Markdown text; others are left out. */
export function markdownBlocks(path: string, text: string): Block[] {
  const blocks: Block[] = [];
  const lines = text.split(/\r?\n/);
  let notRun: string | undefined;
  for (let i = 0; i < lines.length; i++) {
    const fence = /^(\s*)(`{3,}|~{3,})\s*([\w-]*)/.exec(lines[i]!);
    if (!fence) {
      if (lines[i]!.trim()) notRun = /^\s*<!--\s*not run:\s*(.*?)\s*-->\s*$/.exec(lines[i]!)?.[1];
      continue;
    }
    const [, indent, mark, tag] = fence;
    const start = i + 1;
    do i++;
    while (i < lines.length && !lines[i]!.trim().startsWith(mark!));
    const language = languages[tag!.toLowerCase()];
    const code = lines
      .slice(start, i)
      .map((line) => (line.startsWith(indent!) ? line.slice(indent!.length) : line));
    if (language)
      blocks.push({ at: `${path}:${start}`, language, code: code.join("\n"), ...(notRun && { notRun }) });
    notRun = undefined;
  }
  return blocks;
}

/** A name behind a door: its examples, and whether it is a function. */
export interface PublicName {
  readonly name: string;
  /** The first door it is behind, as users import it. */
  readonly door: string;
  readonly at: string;
  readonly callable: boolean;
  readonly described: boolean;
  readonly examples: readonly Block[];
}

/** Every name that users can import, with the `@example` blocks of its doc comment. */
export function publicNames(): PublicName[] {
  const config = ts.parseConfigFileTextToJson("tsconfig.json", textOf("tsconfig.json"));
  const { options } = ts.parseJsonConfigFileContent(config.config, ts.sys, root);
  const behind = doors().map(({ specifier, source }) => ({ door: specifier, source: `${root}${source}` }));
  const program = ts.createProgram(
    behind.map(({ source }) => source),
    options,
  );
  const checker = program.getTypeChecker();
  const seen = new Set<ts.Symbol>();
  const names: PublicName[] = [];
  for (const { door, source } of behind) {
    const module = program.getSourceFile(source);
    const symbol = module && checker.getSymbolAtLocation(module);
    for (const exported of symbol ? checker.getExportsOfModule(symbol) : []) {
      const target = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
      if (seen.has(target)) continue;
      seen.add(target);
      const declaration = target.declarations?.[0];
      const file = declaration?.getSourceFile().fileName.slice(root.length) ?? source;
      const at = `${file} ${exported.name}`;
      const examples = target
        .getJsDocTags(checker)
        .filter((tag) => tag.name === "example")
        .flatMap((tag) => exampleBlocks(at, ts.displayPartsToString(tag.text)));
      const callable = !!(target.flags & ts.SymbolFlags.Function);
      const described = target.getDocumentationComment(checker).length > 0;
      names.push({ name: exported.name, door, at, callable, described, examples });
    }
  }
  return names;
}

/** An `@example` is its fenced blocks, or, without a fence, all of it as TypeScript. */
function exampleBlocks(at: string, text: string): Block[] {
  if (/^\s*(```|~~~)/m.test(text)) return markdownBlocks(at, text).map((block) => ({ ...block, at }));
  return [{ at, language: "ts", code: text }];
}

/**
 * A block as a program: each `// => value` behind a statement becomes a call of `check(line, values, expected)`. What
 * stands in front of it is looked at: the arguments of `console.log`, another expression, or the variable declared.
 */
export function runnable(code: string, checker: string): string {
  const file = ts.createSourceFile("block.ts", code, ts.ScriptTarget.Latest, true);
  const edits: { start: number; end: number; text: string }[] = [];
  let claimed = 0;
  const visit = (node: ts.Node): void => {
    if (ts.isExpressionStatement(node) || ts.isVariableStatement(node)) {
      const comment = /^[ \t]*(?:\r?\n[ \t]*)?\/\/[ \t]*=>[ \t]*(.*)/.exec(code.slice(node.end));
      if (comment) {
        claimed++;
        const line = file.getLineAndCharacterOfPosition(node.getStart()).line + 1;
        const call = (values: string) =>
          `__documented.check(${line}, [${values}], ${JSON.stringify(comment[1]!.trim())});`;
        if (ts.isVariableStatement(node)) {
          const name = node.declarationList.declarations.at(-1)!.name.getText();
          edits.push({ start: node.end, end: node.end, text: `;${call(name)}` });
        } else {
          edits.push({ start: node.getStart(), end: node.end, text: `;${call(valuesOf(node.expression))}` });
        }
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  const promised = code.match(/\/\/[ \t]*=>/g)?.length ?? 0;
  if (promised !== claimed) throw new Error(`${promised - claimed} of its "// =>" stand behind no statement`);
  let text = code;
  for (const { start, end, text: by } of edits.sort((a, b) => b.start - a.start))
    text = text.slice(0, start) + by + text.slice(end);
  return `import * as __documented from ${JSON.stringify(checker)};\n${text}\n`;
}

function valuesOf(expression: ts.Expression): string {
  if (ts.isCallExpression(expression) && expression.expression.getText() === "console.log")
    return expression.arguments.map((argument) => argument.getText()).join(", ");
  return expression.getText();
}

/** Import lines for public names that a code example uses without importing or declaring them. */
export function missingImports(code: string, available: ReadonlyMap<string, string>): string {
  const file = ts.createSourceFile("block.ts", code, ts.ScriptTarget.Latest, true);
  const [used, declared] = [new Set<string>(), new Set<string>()];
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node)) {
      const { parent } = node;
      const isMember =
        (ts.isPropertyAccessExpression(parent) && parent.name === node) ||
        (ts.isPropertyAssignment(parent) && parent.name === node);
      const declares =
        (ts.isVariableDeclaration(parent) || ts.isParameter(parent) || ts.isBindingElement(parent)) &&
        parent.name === node;
      if (declares || ts.isImportSpecifier(parent) || ts.isFunctionDeclaration(parent))
        declared.add(node.text);
      else if (!isMember) used.add(node.text);
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  const wanted = [...used].filter((name) => available.has(name) && !declared.has(name));
  return wanted.map((name) => `import { ${name} } from ${JSON.stringify(available.get(name))};\n`).join("");
}

const placeholder = /(^|[\s=/])[A-Z][A-Z0-9_]+(\.[A-Za-z0-9.]+)?(?=$|[\s,:])|<[A-Za-z][\w -]*>/;

/** The `rnn-dynamics` commands of a shell block, without the program's name; those with a PLACEHOLDER are left out. */
export function commands(code: string): string[] {
  return code
    .replace(/\\\r?\n/g, " ")
    .split(/\r?\n/)
    .map((line) => /^\s*(?:\$ )?(?:npx )?rnn-dynamics (.*)$/.exec(line)?.[1])
    .filter((line) => line !== undefined)
    .filter((line) => !placeholder.test(line.replace(/\s#.*$/, "")));
}
