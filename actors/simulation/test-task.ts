/** What is asked of a test as Vitest knows it: how it is picked on the command line, and whether it was picked alone. */

/** A test, or a suite of them; what Vitest says of it is much more. */
export interface Task {
  readonly name: string
  readonly mode: string
  readonly suite?: Task | undefined
  /** That it stands in: itself a suite, whose name is its path. */
  readonly file: Task
  readonly tasks?: readonly Task[]
}

/** The line that carries out that schedule in this test alone. */
export function replayLineOf(task: Task, schedule: string): string {
  return `PIGEONHOLE_SCHEDULE=${schedule} npx vitest run ${inShell(task.file.name)} -t ${inShell(patternOf(task))}`
}

/** Matches the names of its suites before its own, with a space between them, as in Vitest 3, or with ` > `, as in Vitest 5. */
function patternOf(task: Task): string {
  const { suite, name } = task
  const own = name.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&")
  return suite === undefined || suite === task.file ? own : `${patternOf(suite)} .*${own}`
}

function inShell(text: string): string {
  return /^[\w./@-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}

/** How many tests of a file were picked; counted once, as one that skips itself is counted no more. */
const picked = new WeakMap<Task, number>()

/** Whether no other test of its file is to run. */
export function isPickedAlone({ file }: Task): boolean {
  const count = picked.get(file) ?? countPicked(file)
  picked.set(file, count)
  return count === 1
}

function countPicked({ tasks, mode }: Task): number {
  if (tasks !== undefined) return tasks.reduce((sum, each) => sum + countPicked(each), 0)
  return mode === "skip" || mode === "todo" ? 0 : 1
}
