/**
 * A package that an entry point needs beside this one, of whatever version the user has installed: npm is asked for any, as a narrower
 * optional range would stop the installation of somebody who has another for reasons of their own. What it exports tells what it is.
 */

import { invalid } from "./errors.ts"

/** Which package, for which entry point, and what of it is good, as one sentence ends. */
export interface Peer {
  readonly name: string
  readonly entry: string
  readonly version: string
  /** What is asked of npm. */
  readonly install: string
}

/** Throws `Invalid`, naming the version that is needed, unless all of these are functions. By name, as the package exports them. */
export function checkPeer({ name, entry, version, install }: Peer, needed: Readonly<Record<string, unknown>>): void {
  const missing = Object.keys(needed).find((key) => typeof needed[key] !== "function")
  if (missing === undefined) return
  throw invalid(name, `must be ${version} for ${entry}, and what is installed has no ${missing}: npm install ${install}`)
}
