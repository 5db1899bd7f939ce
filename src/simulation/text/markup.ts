/**
 * Elements of HTML and SVG as text. Whatever is given as text or as an attribute's value is escaped here, and nowhere else: what is `Markup` has been
 * through it, and what is a string has not.
 */

import { plainLine } from "./plain-text.ts"

/** Text that is markup already. */
export class Markup {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

type Value = string | number
type Attributes = Readonly<Record<string, Value | undefined>>
type Child = Markup | string | undefined

const ESCAPES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" }

/** For text and for attributes in quotes. */
function escaped(text: string): string {
  return plainLine(text).replace(/[&<>"']/g, (letter) => ESCAPES[letter] ?? "")
}

/** `<name attributes>children</name>`; attributes and children that are `undefined` are left out. */
export function element(name: string, attributes: Attributes, ...children: readonly Child[]): Markup {
  const listed = Object.entries(attributes).flatMap(([key, value]) => (value === undefined ? [] : [` ${key}="${shown(value)}"`]))
  const body = children.map((child) => (child instanceof Markup ? child.text : escaped(child ?? "")))
  return new Markup(`<${name}${listed.join("")}>${body.join("")}</${name}>`)
}

/** Coordinates have one digit behind the point. */
function shown(value: Value): string {
  return typeof value === "string" ? escaped(value) : String(Math.round(value * 10) / 10)
}

/** One behind the other, a line each. */
export function together(parts: readonly Markup[]): Markup {
  return new Markup(parts.map(({ text }) => text).join("\n"))
}
