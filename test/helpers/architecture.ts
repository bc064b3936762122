import { posix } from "node:path";
import ts from "typescript";

/**
 * What a source file may import and touch. A folder of `src` (or a file right under it) imports only from lower
 * floors or from itself; folders on one floor never import each other.
 */
export interface Rules {
  /** Floors from the ground up; each lists folder names (for a file right under `src`: its name). */
  readonly floors: readonly (readonly string[])[];
  /** Folders that may not import certain lower ones either. */
  readonly strangers: Readonly<Record<string, readonly string[]>>;
  /** Folders that may use Node's own modules: freely, or only by `await import()` outside files named `node*.ts`. */
  readonly node: Readonly<Record<string, "freely" | "lazily">>;
  /** Folders that may print and read the clock. */
  readonly programs: readonly string[];
  /** Packages that may be imported. */
  readonly packages: readonly string[];
  /**
   * Folders whose program is bundled when the package is built and is not published as modules (`src/a/b/`), and the
   * packages bundled with it. They may import those too; nobody outside may import from such a folder.
   */
  readonly bundled: Readonly<Record<string, readonly string[]>>;
}

/** One broken rule: where (`path:line`) and what. */
export interface Violation {
  readonly at: string;
  readonly what: string;
}

interface Import {
  readonly specifier: string;
  readonly line: number;
  readonly dynamic: boolean;
}

/** Every violation in a set of sources, given as path (`src/folder/file.ts`) -> text. */
export function violations(sources: ReadonlyMap<string, string>, rules: Rules): Violation[] {
  const found: Violation[] = [];
  const arrows = new Map<string, string[]>();
  for (const [path, text] of sources) {
    const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
    const folder = folderOf(path);
    const report = (line: number, what: string) => found.push({ at: `${path}:${line}`, what });
    const bundle = bundleOf(path, rules);
    const targets: string[] = [];
    arrows.set(path, targets);
    if (floorOf(folder, rules) < 0) report(1, `${folder} is not in the table of floors`);
    for (const imported of importsOf(file)) {
      const { specifier, line, dynamic } = imported;
      if (specifier.startsWith(".")) {
        const target = posix.join(posix.dirname(path), specifier).replace(/\.js$/, ".ts");
        if (!sources.has(target)) {
          report(line, `${specifier} is not a source file`);
          continue;
        }
        targets.push(target);
        const objection = objectionTo(folder, folderOf(target), rules);
        if (objection) report(line, objection);
        const inner = bundleOf(target, rules);
        if (inner !== undefined && inner !== bundle) report(line, `${inner} is bundled, not published`);
      } else if (specifier.startsWith("node:")) {
        const allowed = rules.node[folder];
        if (!allowed) report(line, `${folder} imports ${specifier}`);
        else if (allowed === "lazily" && !dynamic && !posix.basename(path).startsWith("node"))
          report(line, `${specifier} must be imported by await import() here`);
      } else {
        const name = specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");
        const own = bundle === undefined ? [] : rules.bundled[bundle]!;
        if (!rules.packages.includes(name) && !own.includes(name))
          report(line, `${name} is not a runtime dependency`);
      }
    }
    for (const { line, what } of habitsBroken(file, rules.programs.includes(folder))) report(line, what);
  }
  for (const cycle of cyclesOf(arrows)) found.push({ at: cycle[0]!, what: `cycle: ${cycle.join(" -> ")}` });
  return found;
}

/** `src/solve/newton.ts` -> `solve`; `src/index.ts` -> `index`. */
function folderOf(path: string): string {
  return path.split("/")[1]!.replace(/\.ts$/, "");
}

/** The bundled folder a file is in. */
function bundleOf(path: string, rules: Rules): string | undefined {
  return Object.keys(rules.bundled).find((folder) => path.startsWith(folder));
}

function floorOf(folder: string, rules: Rules): number {
  return rules.floors.findIndex((floor) => floor.includes(folder));
}

function objectionTo(from: string, to: string, rules: Rules): string | undefined {
  if (from === to) return undefined;
  const [here, there] = [floorOf(from, rules), floorOf(to, rules)];
  if (there > here) return `upward import: ${from} -> ${to}`;
  if (there === here) return `sideways import: ${from} -> ${to}`;
  if (rules.strangers[from]?.includes(to)) return `${from} must not know ${to}`;
  return undefined;
}

function importsOf(file: ts.SourceFile): Import[] {
  const imports: Import[] = [];
  const add = (node: ts.Node, specifier: ts.Node | undefined, dynamic: boolean) => {
    if (specifier && ts.isStringLiteralLike(specifier))
      imports.push({ specifier: specifier.text, line: lineOf(node), dynamic });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) add(node, node.moduleSpecifier, false);
    else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument))
      add(node, node.argument.literal, false);
    else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword)
      add(node, node.arguments[0], true);
    else if (ts.isPropertyAccessExpression(node) && node.name.text === "getBuiltinModule")
      imports.push({ specifier: "node:*", line: lineOf(node), dynamic: false });
    ts.forEachChild(node, visit);
  };
  visit(file);
  return imports;
}

const clocksAndDice: Readonly<Record<string, readonly string[]>> = {
  Math: ["random"],
  Date: ["now"],
  performance: ["now", "timeOrigin", "mark", "measure"],
  crypto: ["getRandomValues", "randomUUID"],
};

function habitsBroken(file: ts.SourceFile, isProgram: boolean): { line: number; what: string }[] {
  const broken: { line: number; what: string }[] = [];
  for (const statement of file.statements) {
    if (!ts.isVariableStatement(statement)) continue;
    const ambient = statement.modifiers?.some((m) => m.kind === ts.SyntaxKind.DeclareKeyword);
    if (!ambient && !(statement.declarationList.flags & ts.NodeFlags.Const))
      broken.push({ line: lineOf(statement), what: "module-level variable: state belongs to a call" });
  }
  if (isProgram) return broken;
  const visit = (node: ts.Node): void => {
    const used = memberUsed(node);
    if (used) {
      const [object, member] = used;
      if (object === "console") broken.push({ line: lineOf(node), what: `console.${member}` });
      else if (clocksAndDice[object]?.includes(member))
        broken.push({ line: lineOf(node), what: `${object}.${member}` });
    }
    if (ts.isNewExpression(node) && node.expression.getText() === "Date" && !node.arguments?.length)
      broken.push({ line: lineOf(node), what: "new Date()" });
    ts.forEachChild(node, visit);
  };
  visit(file);
  return broken;
}

/** `a.b`, `a["b"]`, `globalThis.a.b` and `const { b } = a` use member b of a. */
function memberUsed(node: ts.Node): [object: string, member: string] | undefined {
  if (ts.isPropertyAccessExpression(node)) return [plainName(node.expression), node.name.text];
  if (ts.isElementAccessExpression(node) && ts.isStringLiteralLike(node.argumentExpression))
    return [plainName(node.expression), node.argumentExpression.text];
  if (ts.isBindingElement(node) && ts.isVariableDeclaration(node.parent.parent)) {
    const from = node.parent.parent.initializer;
    if (from) return [plainName(from), (node.propertyName ?? node.name).getText()];
  }
  return undefined;
}

function plainName(expression: ts.Expression): string {
  return expression.getText().replace(/^globalThis\??\./, "");
}

function lineOf(node: ts.Node): number {
  return node.getSourceFile().getLineAndCharacterOfPosition(node.getStart()).line + 1;
}

/** One closed walk for each group of files that reach each other (depth-first, each back arrow once). */
function cyclesOf(arrows: ReadonlyMap<string, readonly string[]>): string[][] {
  const cycles: string[][] = [];
  const done = new Set<string>();
  const path: string[] = [];
  const visit = (file: string): void => {
    const at = path.indexOf(file);
    if (at >= 0) {
      cycles.push([...path.slice(at), file]);
      return;
    }
    if (done.has(file)) return;
    path.push(file);
    for (const next of arrows.get(file) ?? []) visit(next);
    path.pop();
    done.add(file);
  };
  for (const file of arrows.keys()) visit(file);
  return cycles;
}
