/** The members that a module's public interface has: what its exported classes, interfaces and object types hold, and which of it is documented. */

import { readFileSync } from "node:fs"
import { join } from "node:path"
import { exportedNames } from "./exported.ts"
import { isNode, type Node, nodesOf, PROJECT, parseTypeScript } from "./source.ts"

export interface Member {
  /** `Runtime.stop`. */
  readonly name: string
  /** The file that declares it, from the project's root. */
  readonly path: string
  /** The text right above it is a doc comment. */
  readonly isDocumented: boolean
}

const MEMBERS: ReadonlySet<string> = new Set([
  "TSPropertySignature",
  "TSMethodSignature",
  "PropertyDefinition",
  "MethodDefinition",
  "TSAbstractMethodDefinition",
  "TSAbstractPropertyDefinition",
])

/** Members of everything that an entry point exports; of an overloaded method the first, of a member in several types of a union each. */
export function publicMembers(entry: string, read: (path: string) => string = readProjectFile): Member[] {
  return exportedNames(entry, read).flatMap(({ name, path }) => membersOf(path, read(path), name))
}

function membersOf(path: string, text: string, owner: string): Member[] {
  const { program } = parseTypeScript(path, text)
  const declaration = [...nodesOf(program)].find((node) => isTypeDeclaration(node) && nameOf(node.id) === owner)
  const seen = new Set<string>()
  return membersBelow(declaration).flatMap((node) => {
    const name = `${owner}.${nameOf(node.key)}`
    const isOverload = node.type === "MethodDefinition" && seen.has(name)
    seen.add(name)
    return isPublic(node, text) && !isOverload ? [{ name, path, isDocumented: isDocumentedIn(text, node) }] : []
  })
}

/** Not what is inside of a method or of another type's arguments. */
function membersBelow(declaration: Node | undefined): Node[] {
  if (declaration === undefined) return []
  const parts = isNode(declaration.body) ? [declaration.body] : literalsOf(declaration.typeAnnotation)
  return parts.flatMap((part) => [...listOf(part.body), ...listOf(part.members)]).filter(({ type }) => MEMBERS.has(type))
}

/** The object types that a type alias is, or is a union or an intersection of. */
function literalsOf(type: unknown): Node[] {
  if (!isNode(type)) return []
  return type.type === "TSTypeLiteral" ? [type] : listOf(type.types).flatMap(literalsOf)
}

/** Neither hidden, nor computed (`[Symbol.asyncDispose]`), nor described where it is first declared. */
function isPublic(node: Node, text: string): boolean {
  if (node.computed === true || node.override === true || node.kind === "constructor") return false
  if (node.accessibility === "private" || !isNode(node.key) || node.key.type === "PrivateIdentifier") return false
  return !/@internal[^/]*\*\/\s*$/.test(text.slice(0, node.start))
}

function isDocumentedIn(text: string, node: Node): boolean {
  return /\/\*\*(?:(?!\*\/)[\s\S])*\*\/\s*$/.test(text.slice(0, node.start))
}

function isTypeDeclaration({ type }: Node): boolean {
  return type === "ClassDeclaration" || type === "TSInterfaceDeclaration" || type === "TSTypeAliasDeclaration"
}

function readProjectFile(path: string): string {
  return readFileSync(join(PROJECT, path), "utf8")
}

function listOf(part: unknown): Node[] {
  return Array.isArray(part) ? part.filter(isNode) : []
}

function nameOf(part: unknown): string {
  if (!isNode(part)) return ""
  return typeof part.name === "string" ? part.name : String(part.value ?? "")
}
