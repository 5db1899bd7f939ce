/** Source files as the tests of the house read them: parsed once, with what they import and what they say. */

import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { parseSync } from "vite"

/** The checkout these tests belong to. */
export const PROJECT = join(import.meta.dirname, "..", "..")

export interface Import {
  /** As written. */
  readonly specifier: string
  /** Erased on emit: `import type`, `export type`, or a type's `import("…")`. */
  readonly isTypeOnly: boolean
}

export interface Source {
  /** From the project's root, with forward slashes. */
  readonly path: string
  readonly text: string
  readonly program: Node
  readonly imports: readonly Import[]
}

/** A node of the syntax tree (ESTree with TypeScript). */
export interface Node {
  readonly type: string
  readonly start: number
  readonly end: number
  readonly [part: string]: unknown
}

export interface Comment {
  readonly type: "Line" | "Block"
  /** Without its marks. */
  readonly value: string
  readonly start: number
  readonly end: number
}

export interface Parsed {
  readonly program: Node
  readonly comments: readonly Comment[]
}

export function parseTypeScript(path: string, text: string): Parsed {
  const { program, comments, errors } = parseSync(path, text, { lang: path.endsWith(".d.ts") ? "dts" : "ts", sourceType: "module" })
  if (errors.length > 0) throw new Error(`${path} cannot be parsed: ${errors.map((error) => error.message).join("; ")}`)
  return { program: program as unknown as Node, comments }
}

export function sourceOf(path: string, text: string): Source {
  const { program } = parseTypeScript(path, text)
  return { path, text, program, imports: [...nodesOf(program)].flatMap(importOf) }
}

/** Every TypeScript file of these folders of the project. */
export function readSources(folders: readonly string[]): Source[] {
  return folders.flatMap((folder) => filesUnder(folder, ".ts").map((path) => sourceOf(path, readFileSync(join(PROJECT, path), "utf8"))))
}

/** Paths of a folder's files that end so, from the project's root, sorted. */
export function filesUnder(folder: string, ending: string, root: string = PROJECT): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .map((path) => `${folder}/${path.replaceAll("\\", "/")}`)
    .filter((path) => path.endsWith(ending))
    .sort()
}

/** A node and all below it, in the order of the text. */
export function* nodesOf(node: Node): Generator<Node> {
  yield node
  for (const part of Object.values(node)) {
    for (const child of Array.isArray(part) ? part : [part]) if (isNode(child)) yield* nodesOf(child)
  }
}

export function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && "type" in value && typeof value.type === "string" && "start" in value
}

const IMPORTING: ReadonlySet<string> = new Set([
  "ImportDeclaration",
  "ExportNamedDeclaration",
  "ExportAllDeclaration",
  "ImportExpression",
  "TSImportType",
])

function importOf(node: Node): Import[] {
  if (!IMPORTING.has(node.type) || !isNode(node.source)) return []
  const specifier = node.source.value
  // `import { type A } from "x"` is a value import: what is emitted still loads "x".
  const isTypeOnly = node.type === "TSImportType" || node.importKind === "type" || node.exportKind === "type"
  return [{ specifier: typeof specifier === "string" ? specifier : "(computed)", isTypeOnly }]
}
