/** The names a module exports, and where each is declared. */

import { readFileSync } from "node:fs"
import { join, posix } from "node:path"
import { isNode, type Node, PROJECT, parseTypeScript } from "./source.ts"

export interface ExportedName {
  readonly name: string
  readonly isType: boolean
  /** The file that declares it, from the project's root. */
  readonly path: string
  /** The text right above its declaration is a doc comment. */
  readonly isDocumented: boolean
}

/** Follows `export … from` down to the declarations. */
export function exportedNames(path: string, read: (path: string) => string = readProjectFile): ExportedName[] {
  const text = read(path)
  return bodyOf(parseTypeScript(path, text).program).flatMap((statement) => {
    if (statement.type === "ExportAllDeclaration") return exportedNames(targetOf(path, statement), read)
    if (statement.type !== "ExportNamedDeclaration") return []
    if (isNode(statement.declaration)) return declaredNames(path, text, statement, statement.declaration)
    return reexportedNames(path, statement, read)
  })
}

function reexportedNames(path: string, statement: Node, read: (path: string) => string): ExportedName[] {
  const origin = exportedNames(targetOf(path, statement), read)
  return listOf(statement.specifiers).map((specifier) => {
    const declared = origin.find(({ name }) => name === nameOf(specifier.local))
    if (declared === undefined) throw new Error(`${path} exports ${nameOf(specifier.local)}, which is declared nowhere`)
    const isType = declared.isType || statement.exportKind === "type" || specifier.exportKind === "type"
    return { ...declared, name: nameOf(specifier.exported), isType }
  })
}

/** An overloaded function is declared several times; its first signature carries the docs. */
function declaredNames(path: string, text: string, statement: Node, declaration: Node): ExportedName[] {
  const isDocumented = /\/\*\*(?:(?!\*\/)[\s\S])*\*\/\n$/.test(text.slice(0, statement.start))
  const names =
    declaration.type === "VariableDeclaration" ? listOf(declaration.declarations).map(({ id }) => nameOf(id)) : [nameOf(declaration.id)]
  const isType = declaration.type.startsWith("TS") && /Interface|TypeAlias/.test(declaration.type)
  return names.map((name) => ({ name, isType, path, isDocumented }))
}

function readProjectFile(path: string): string {
  return readFileSync(join(PROJECT, path), "utf8")
}

function targetOf(path: string, statement: Node): string {
  const specifier = isNode(statement.source) ? String(statement.source.value) : ""
  if (!specifier.startsWith(".")) throw new Error(`${path} exports from ${specifier || "itself"}, which these tests do not follow`)
  return posix.join(posix.dirname(path), specifier)
}

function bodyOf(program: Node): Node[] {
  return listOf(program.body)
}

function listOf(part: unknown): Node[] {
  return Array.isArray(part) ? part.filter(isNode) : []
}

function nameOf(part: unknown): string {
  return isNode(part) && typeof part.name === "string" ? part.name : ""
}
