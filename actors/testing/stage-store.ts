/** Stages a store that is a service: in a runtime of its own, on virtual time, as the contract of stores wants it. */

import {
  type ChildOptions,
  checkOptions,
  child,
  invalid,
  type Mailbox,
  type ServiceDefinition,
  shown,
  start,
  type TreeNode,
} from "../../src/index.ts"
import { type VirtualTime, virtualTime } from "../../src/testing.ts"
import type { OpenStage, StoreStage, StoreWish, TestedStore } from "./tested-store.ts"

/** How a store is staged. */
export interface StageOptions {
  /** How its supervisor treats it: `{ state: "retain" }`, for a store that keeps its entries so. */
  readonly child?: ChildOptions
  /** Whether its entries are there after a crash. Default: where `child` says `retain`. */
  readonly isKept?: boolean
  /** Whether they are there when the application is started again, where the definition is made for the same `place`. Default `false`. */
  readonly isLasting?: boolean
}

const ID = "app:store"

const CHILD_NAMES = ["restart", "shutdown", "state", "onDetach", "requires", "significant", "backoff"]

/** Nothing is at stake but the entries: it comes back at once, however often it crashes. */
const RULES: ChildOptions = { backoff: { initialMs: 0, maxMs: 0 } }

/**
 * Opens stores of a definition for `storeContract`, each in a runtime of its own.
 *
 * @example
 * import { stageStore } from "pigeonhole/testing"
 *
 * const open = stageStore(({ maxEntries = 0 }) => store({ maxEntries }))
 * const stage = await open({ place: "here" })
 * const mailbox = await stage.acquire()
 * await mailbox.set("user:1", { name: "Alice" }) // => true
 * await stage.close()
 */
export function stageStore(define: (wish: StoreWish) => ServiceDefinition<Mailbox & TestedStore>, options?: StageOptions): OpenStage {
  if (typeof define !== "function") throw invalid("define", `must be a function; got ${shown(define)}`)
  const { child: rules = {}, isKept, isLasting = false } = checkOptions(options, ["child", "isKept", "isLasting"])
  const said = checkOptions(rules, CHILD_NAMES, "child.")
  if (isKept !== undefined && typeof isKept !== "boolean") throw invalid("isKept", `must be true or false; got ${shown(isKept)}`)
  if (typeof isLasting !== "boolean") throw invalid("isLasting", `must be true or false; got ${shown(isLasting)}`)
  const settings = { define, rules: { ...RULES, ...said }, isKept: isKept ?? said.state === "retain", isLasting }
  return (wish) => openStage(settings, wish, virtualTime({ unseenMs: 0 }))
}

interface Settings {
  readonly define: (wish: StoreWish) => ServiceDefinition<Mailbox & TestedStore>
  readonly rules: ChildOptions
  readonly isKept: boolean
  readonly isLasting: boolean
}

async function openStage(settings: Settings, wish: StoreWish, time: VirtualTime): Promise<StoreStage> {
  const { define, rules, isKept, isLasting } = settings
  const { policies } = wish
  const options = { host: time, log: () => {}, ...(policies === undefined ? {} : { policies }) }
  const runtime = await start({ [ID]: child(define(wish), rules) }, options)
  // What it has open when it serves is what it has at rest: a connection to a database is no work under way.
  await time.advance(0)
  return {
    time,
    isKept,
    acquire: (principal = "anonymous") => runtime.as({ id: principal }).acquire(ID),
    async crash() {
      for (const { pid } of workersIn(runtime.tree()))
        if (pid !== undefined) runtime.exit(pid, { error: new Error("crashed by the contract") })
      await time.settle()
    },
    async close() {
      await runtime.stop()
    },
    ...(isLasting
      ? {
          async reopen(awayMs: number) {
            await runtime.stop()
            await time.advance(awayMs)
            return openStage(settings, wish, time)
          },
        }
      : {}),
  }
}

/** The store, or its partitions. */
function workersIn(node: TreeNode): readonly TreeNode[] {
  return node.type === "worker" ? [node] : node.children.flatMap(workersIn)
}
