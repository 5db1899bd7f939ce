/**
 * Splits `operations` among `callers` that run at the same time, each asking in turn and waiting for its reply: a closed
 * load. `run` does `count` operations from number `from` on, in a loop of its own so that nothing but the ask is
 * measured, and gives how many replies were right. Gives their sum.
 */
export async function inParallel(
  callers: number,
  operations: number,
  run: (from: number, count: number) => Promise<number>,
): Promise<number> {
  const running: Promise<number>[] = []
  for (let caller = 0; caller < callers; caller += 1) {
    const from = Math.floor((operations * caller) / callers)
    const until = Math.floor((operations * (caller + 1)) / callers)
    running.push(run(from, until - from))
  }
  const counts = await Promise.all(running)
  return counts.reduce((total, count) => total + count, 0)
}
