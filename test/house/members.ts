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

/** Members of everything that an entry point exports; of an overloaded method the first. Events of a union count as one each. */
export function publicMembers(entry: string, read: (path: string) => string = readProjectFile): Member[] {
  return exportedNames(entry, read).flatMap(({ name, path }) => {
    const text = read(path)
    const declaration = [...nodesOf(parseTypeScript(path, text).program)].find(
      (node) => isTypeDeclaration(node) && nameOf(node.id) === name,
    )
    return membersOf(declaration, text).map(([member, node]) => ({
      name: `${name}.${member}`,
      path,
      isDocumented: isDocumentedIn(text, node),
    }))
  })
}

type Named = readonly [name: string, node: Node]

function membersOf(declaration: Node | undefined, text: string): Named[] {
  if (declaration === undefined) return []
  if (isNode(declaration.body)) return membersIn(declaration.body, text)
  const { typeAnnotation: type } = declaration
  if (!isNode(type)) return []
  return type.type === "TSUnionType" ? listOf(type.types).flatMap(eventOf) : membersIn(type, text)
}

/** Not what is inside of a method or of another type's arguments. */
function membersIn(part: Node, text: string): Named[] {
  const members = [...listOf(part.body), ...(part.type === "TSTypeLiteral" ? listOf(part.members) : [])]
  const named = members.filter((node) => MEMBERS.has(node.type) && isPublic(node, text)).map((node): Named => [nameOf(node.key), node])
  return named.filter(([name], index) => named.findIndex((other) => other[0] === name) === index)
}

/** What an alternative of a union says of its parts stands above it. */
function eventOf(alternative: Node): Named[] {
  const type = listOf(alternative.members).find(({ key }) => nameOf(key) === "type")
  const literal = [...(type === undefined ? [] : nodesOf(type))].find((node) => node.type === "Literal")
  return literal === undefined ? [] : [[String(literal.value), alternative]]
}

/** Neither hidden, nor computed (`[Symbol.asyncDispose]`), nor described where it is first declared. */
function isPublic(node: Node, text: string): boolean {
  if (node.computed === true || node.override === true || node.kind === "constructor") return false
  if (node.accessibility === "private" || !isNode(node.key) || node.key.type === "PrivateIdentifier") return false
  return !/@internal[^/]*\*\/\s*$/.test(text.slice(0, node.start))
}

function isDocumentedIn(text: string, node: Node): boolean {
  return /\/\*\*(?:(?!\*\/)[\s\S])*\*\/[\s|]*$/.test(text.slice(0, node.start))
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
