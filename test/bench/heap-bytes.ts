/** What is alive on the heap and in the buffers beside it. Needs `--expose-gc`. */

/** Bytes after a full collection; two, because the first may only queue what finalizers hold. */
export async function heapBytes(): Promise<number> {
  for (let i = 0; i < 2; i += 1) {
    collect()
    await new Promise<void>((resolve) => setImmediate(resolve))
  }
  collect()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

function collect(): void {
  if (globalThis.gc === undefined) throw new Error("start this arm with --expose-gc")
  globalThis.gc()
}
