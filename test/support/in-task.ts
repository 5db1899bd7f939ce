/** Runs work in a task of the host's own, as a schedule is run: not in a reaction, where none of those that follow can be run. */

/** Taken hold of before a world has it. */
const { setImmediate: inNextTurn } = globalThis

/** What `work` gives, or throws. */
export function inTask<T>(work: () => T): Promise<T> {
  return new Promise((resolve, reject) => {
    inNextTurn(() => {
      try {
        resolve(work())
      } catch (error) {
        reject(error)
      }
    })
  })
}
