/**
 * Examples in the papers and in docstrings, made into programs: found, given what they take for granted, and their
 * `// => value` comments turned into checks.
 *
 * A comment `// => value` stands behind a statement (or on the line below) and says what that is; a colon and prose may follow:
 *   - `expression // => 42`, `const x = expression // => 42`: deeply equal to 42;
 *   - `console.log(…) // text`, with an arrow or without: prints this text, or this value;
 *   - `expression // => throws Invalid`: throws, or rejects with, an error of that name.
 */

import { type Comment, isNode, type Node, nodesOf, parseTypeScript } from "./source.ts"

export interface Example {
  /** The file it stands in, from the project's root. */
  readonly path: string
  /** Of its first line, from 1. */
  readonly line: number
  readonly code: string
}

export interface Claim {
  readonly line: number
  /** What stands behind the arrow. */
  readonly text: string
}

/** The ```ts blocks of a paper, or those of another language. */
export function examplesOfPaper(path: string, text: string, language: "ts" | "js" = "ts"): Example[] {
  return [...text.matchAll(/^```(ts|js)\n([\s\S]*?)^```$/gm)]
    .filter(([, written]) => written === language)
    .map((block) => ({ path, line: lineAt(text, block.index) + 1, code: block[2] ?? "" }))
}

/** What follows each `@example` in the doc comments of a source. */
export function examplesOfSource(path: string, text: string): Example[] {
  const { comments } = parseTypeScript(path, text)
  return comments
    .filter(({ type, value }) => type === "Block" && value.startsWith("*"))
    .flatMap((comment) => examplesOfComment(path, text, comment))
}

function examplesOfComment(path: string, text: string, comment: Comment): Example[] {
  const firstLine = lineAt(text, comment.start)
  const lines = comment.value.split("\n").map((line) => line.replace(/^\s*\*? ?/, ""))
  return lines.flatMap((line, index) => {
    if (line.trim() !== "@example") return []
    const rest = lines.slice(index + 1)
    const end = rest.findIndex((other) => other.startsWith("@"))
    return [{ path, line: firstLine + index + 1, code: (end < 0 ? rest : rest.slice(0, end)).join("\n").trimEnd() }]
  })
}

/** What an example may use without saying where it comes from. */
export interface Surroundings {
  /** Names it may import, and from which entry point. */
  readonly names: ReadonlyMap<string, { readonly entry: string; readonly isType: boolean }>
  /** Declarations for names that are public nowhere: what most examples speak of. In order: a later one may use an earlier one. */
  readonly declarations: readonly (readonly [name: string, declaration: string])[]
}

/**
 * The program of an example. Its lines stand where they stand in its file, so that what a compiler says of them can be found.
 * It calls the default export of `recorder` with each claim.
 */
export function programOf(example: Example, surroundings: Surroundings, recorder: string): string {
  const checked = withChecks(example)
  const prelude = `import record from ${JSON.stringify(recorder)}; const $claim = record(${JSON.stringify(nameOf(example))}); `
  const given = `${prelude}${preludeOf(example.code, surroundings)}`
  return `${given}${"\n".repeat(Math.max(0, example.line - lineAt(given, given.length)))}${checked}\nexport {}\n`
}

export function nameOf({ path, line }: Example): string {
  return `${path}:${line}`
}

export function claimsOf({ line, code }: Example): Claim[] {
  return claimingComments(code).map((comment) => ({ line: line + lineAt(code, comment.start) - 1, text: textOf(comment) }))
}

function preludeOf(code: string, { names, declarations }: Surroundings): string {
  const parts: string[] = []
  let text = code
  let free = freeNamesIn(text)
  for (const [name, declaration] of declarations.toReversed()) {
    if (!free.has(name)) continue
    parts.unshift(declaration)
    text = `${declaration}\n${text}`
    free = freeNamesIn(text)
  }
  const wanted = [...names].filter(([name]) => free.has(name))
  const imports = wanted.map(([name, { entry, isType }]) => `import { ${isType ? "type " : ""}${name} } from ${JSON.stringify(entry)}`)
  return [...imports, ...parts].map((part) => `${part}; `).join("")
}

/** Used, and declared nowhere in the code. */
function freeNamesIn(code: string): ReadonlySet<string> {
  const nodes = [...nodesOf(parseTypeScript("example.ts", code).program)]
  const free = new Set(nodes.flatMap(namesOf))
  for (const { type, id, local } of nodes) if (BINDING.has(type)) for (const name of [id, local].flatMap(namesOf)) free.delete(name)
  return free
}

/** Its name, where it has one. */
function namesOf(part: unknown): readonly string[] {
  return isNode(part) && typeof part.name === "string" ? [part.name] : []
}

const BINDING: ReadonlySet<string> = new Set([
  "VariableDeclarator",
  "FunctionDeclaration",
  "ClassDeclaration",
  "TSInterfaceDeclaration",
  "TSTypeAliasDeclaration",
  "ImportSpecifier",
  "ImportDefaultSpecifier",
  "ImportNamespaceSpecifier",
])

// -- claims --------------------------------------------------------------------------------------------------------

const ARROW = /^\s*=>\s*/

/** Comments with an arrow, and those behind a `console.log` on its line. */
function claimingComments(code: string): Comment[] {
  return parseTypeScript("example.ts", code).comments.filter(({ type, value, start }) => {
    const line = code.slice(code.lastIndexOf("\n", start) + 1, start)
    return type === "Line" && (ARROW.test(value) || /^\s*console\.log\(.*\)\s*$/.test(line))
  })
}

function textOf(comment: Comment): string {
  return comment.value.replace(ARROW, "").trim()
}

function withChecks({ path, code, line }: Example): string {
  const statements = [...nodesOf(parseTypeScript("example.ts", code).program)].filter(({ type }) => CLAIMING.has(type))
  let checked = code
  for (const comment of claimingComments(code).toReversed()) {
    const where = line + lineAt(code, comment.start) - 1
    const statement = statements.findLast(({ end }) => end <= comment.start && code.slice(end, comment.start).trim() === "")
    if (statement === undefined) throw new Error(`${path}:${where} claims a value of nothing: // => ${textOf(comment)}`)
    checked = `${checked.slice(0, statement.start)}${checkOf(statement, code, where, textOf(comment))}${checked.slice(statement.end)}`
  }
  return checked
}

const CLAIMING: ReadonlySet<string> = new Set(["ExpressionStatement", "VariableDeclaration"])

function checkOf(statement: Node, code: string, line: number, text: string): string {
  const { id, expression } = partsOf(statement)
  const source = code.slice(statement.start, statement.end)
  const claim = `$claim(${line}, ${JSON.stringify(text)}`
  if (id !== undefined) return `${source}; ${claim}, "value", ${id})`
  if (expression === undefined) throw new Error(`line ${line}: a claim needs an expression or one named constant before it`)
  const made = code.slice(expression.start, expression.end)
  if (/^throws\b/.test(text)) return `try { ${source}; ${claim}, "returned", undefined) } catch (error) { ${claim}, "thrown", error) }`
  const printed = /^console\.log\(([\s\S]*)\)$/.exec(made)
  return printed === null ? `${claim}, "value", (${made}))` : `${claim}, "printed", [${printed[1]}])`
}

function partsOf(statement: Node): { readonly id?: string; readonly expression?: Node } {
  if (statement.type === "ExpressionStatement") return { expression: statement.expression as Node }
  const [declarator, ...others] = statement.declarations as { readonly id: { readonly name?: string } }[]
  return others.length === 0 && declarator?.id.name !== undefined ? { id: declarator.id.name } : {}
}

function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split("\n").length
}
