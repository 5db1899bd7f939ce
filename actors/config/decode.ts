/**
 * Decodes a node by a schema, and says what is wrong with it in words of our own: the path in its file, what was expected, what was found.
 *
 * What came from the environment is text, whatever it looks like. Where the schema wants a number, or true or false, and the text is one, it is taken
 * for that.
 */

import * as Exit from "effect/Exit"
import * as Schema from "effect/Schema"
import type * as SchemaAST from "effect/SchemaAST"
import type * as SchemaIssue from "effect/SchemaIssue"
import { nearestOf, type Problems } from "./problems.ts"
import { dataOf, nodeAt, type SourceNode } from "./source-node.ts"

type Path = readonly PropertyKey[]

interface Complaint {
  readonly path: Path
  readonly expected: string
  readonly says?: string
  readonly found?: string
  readonly suggestion?: string | undefined
}

/** What was decoded, or `undefined`, and then it was told what is wrong. */
export function decode<A>(schema: Schema.Codec<A, unknown>, node: SourceNode, problems: Problems): A | undefined {
  const data = dataOf(node)
  for (;;) {
    const exit = Schema.decodeUnknownExit(schema, { errors: "all", onExcessProperty: "error" })(data)
    if (Exit.isSuccess(exit)) return exit.value
    const complaints = exit.cause.reasons.flatMap((reason) => (reason._tag === "Fail" ? complaintsOf(reason.error.issue, schema.ast) : []))
    // Each round has fewer texts of the environment left, so this ends.
    if (complaints.filter(({ path }) => takenForMore(node, data, path)).length > 0) continue
    for (const { path, ...complaint } of complaints) problems.addAt(node, path, complaint)
    return undefined
  }
}

// -- what came from the environment ------------------------------------------------------------------------------------------------

/** Whether there was text of the environment, which is taken for a number or a yes from now on. */
function takenForMore(node: SourceNode, data: unknown, path: Path): boolean {
  const { node: found, rest } = nodeAt(node, path)
  const last = path.at(-1)
  if (last === undefined || rest.length > 0 || found.type !== "scalar" || found.reference === undefined) return false
  const parent = path.slice(0, -1).reduce<unknown>((value, name) => (isObject(value) ? Reflect.get(value, name) : undefined), data)
  const text = isObject(parent) ? Reflect.get(parent, last) : undefined
  const value = typeof text === "string" ? readAs(text.trim()) : undefined
  if (value === undefined || !isObject(parent)) return false
  return Reflect.set(parent, last, value)
}

function readAs(text: string): number | boolean | undefined {
  if (text === "true" || text === "false") return text === "true"
  return /^-?\d+(?:\.\d+)?$/.test(text) ? Number(text) : undefined
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null
}

// -- what is wrong -----------------------------------------------------------------------------------------------------------------

function complaintsOf(issue: SchemaIssue.Issue, within: SchemaAST.AST, path: Path = []): Complaint[] {
  switch (issue._tag) {
    case "Pointer":
      return complaintsOf(issue.issue, within, [...path, ...issue.path])
    case "Composite": {
      const expected = saidOf(issue.ast)
      if (expected !== undefined && issue.ast._tag !== "Objects") return [{ path, expected }]
      return issue.issues.flatMap((below) => complaintsOf(below, issue.ast, path))
    }
    case "AnyOf":
      return complaintsOfUnion(issue, path)
    case "UnexpectedKey":
      return [unknownKey(issue.ast, path)]
    case "MissingKey":
      return [missingKey(within, path)]
    case "InvalidType":
      return [{ path, expected: expectedOf(issue.ast) }]
    case "Filter":
      return [{ path, expected: textOr(issue.filter.annotations?.expected, expectedOf(within)) }]
    case "Encoding":
      return complaintsOf(issue.issue, issue.ast, path)
    default:
      return [{ path, expected: expectedOf(within) }]
  }
}

/** Of the one of its sorts that was meant, where something further down is wrong in it; else of all of them together. */
function complaintsOfUnion({ ast, issues }: SchemaIssue.AnyOf, path: Path): Complaint[] {
  const below = issues
    .map((issue) => complaintsOf(issue, ast, path))
    .find((complaints) => complaints.some((one) => one.path.length > path.length))
  return below ?? [{ path, expected: expectedOf(ast) }]
}

function unknownKey(ast: SchemaAST.AST, path: Path): Complaint {
  const known = ast._tag === "Objects" ? ast.propertySignatures.map(({ name }) => String(name)) : []
  const name = String(path.at(-1))
  const suggestion = nearestOf(name, known)
  const says = suggestion === undefined ? `is unknown; there are ${known.join(", ")}` : "is unknown"
  return { path, expected: `one of ${known.join(", ")}`, found: JSON.stringify(name), says, suggestion }
}

function missingKey(within: SchemaAST.AST, path: Path): Complaint {
  const name = path.at(-1)
  const signature = within._tag === "Objects" ? within.propertySignatures.find((one) => one.name === name) : undefined
  const expected = signature === undefined ? "given" : expectedOf(signature.type)
  return { path, expected, found: "nothing", says: `is missing: it must be ${expected}` }
}

/** In words that follow "must be". */
function expectedOf(ast: SchemaAST.AST): string {
  const said = saidOf(ast)
  if (said !== undefined) return said
  if (ast._tag === "Literal") return String(ast.literal)
  if (ast._tag === "Union") return listed([...new Set(ast.types.map(expectedOf))])
  return WORDS[ast._tag] ?? "something else"
}

const WORDS: Readonly<Record<string, string>> = {
  ...{ String: "text", Number: "a number", Boolean: "true or false", Arrays: "a list", Objects: "an object", Null: "null" },
}

/** What it says of itself; what its last check says, where it has some. */
function saidOf(ast: SchemaAST.AST): string | undefined {
  const own = ast.checks?.at(-1)?.annotations?.expected ?? ast.annotations?.expected
  return typeof own === "string" ? own : undefined
}

function textOr(value: unknown, otherwise: string): string {
  return typeof value === "string" ? value : otherwise
}

function listed(words: readonly string[]): string {
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`
}
