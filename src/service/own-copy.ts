/** Copies of what callers send, as guards need them: see `process/own-copy.ts`. */

export { ownCopy } from "../process/own-copy.ts"
