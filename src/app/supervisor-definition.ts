/** A supervisor of children with ids, as its author writes it. */

import { invalid, refuseForeign } from "../kernel/errors.ts"
import { anything, notNull, optional } from "../kernel/option-fields.ts"
import { entriesOf, readOptions } from "../kernel/options.ts"
import { policiesOf } from "../security/gate.ts"
import { principalOf } from "../security/principal.ts"
import { type AutoShutdown, autoShutdownOf } from "../supervision/auto-shutdown.ts"
import { type IntensityOptions, intensityOf } from "../supervision/intensity.ts"
import { type Strategy, strategyOf } from "../supervision/strategy.ts"
import { Supervisor, type SupervisorRules } from "../supervision/supervisor.ts"
import { childOf } from "./child-reading.ts"
import { SupervisorMailbox } from "./supervisor-mailbox.ts"
import { supervisorReception } from "./supervisor-reception.ts"
import {
  AnySupervisor,
  type ApplicationSettings,
  type Children,
  checkSignificance,
  type DefinedChild,
  INTENSITY,
  keepMaking,
  type Startable,
} from "./tree.ts"

/** What a supervisor watches over, and how. */
export interface SupervisorSettings<C extends Children> extends IntensityOptions, ApplicationSettings {
  /** Default `one_for_one`. */
  readonly strategy?: Strategy
  /** What follows when a `significant` child ends by itself. Default `never`. */
  readonly autoShutdown?: AutoShutdown
  /** By id, in start order as far as `requires` does not say otherwise. */
  readonly children: C
}

/** A supervisor and all below it. `Services` maps the ids of the services in it to their mailboxes. */
export class SupervisorDefinition<out Services extends object> extends AnySupervisor {
  /** Strategy, intensity and automatic shutdown, read and checked. */
  readonly rules: SupervisorRules
  /** What it starts with, in the order in which they were written. */
  readonly children: readonly DefinedChild[]
  /** What it says of the whole application, where it is given to `start`. */
  readonly application: ApplicationSettings
  /** For the types alone; never set. */
  declare readonly Services?: Services

  constructor(settings: SupervisorSettings<Children>) {
    super()
    const read = readOptions(settings, SUPERVISOR) as SupervisorSettings<Children>
    const autoShutdown = autoShutdownOf(read.autoShutdown, "")
    this.rules = { strategy: strategyOf(read.strategy, ""), autoShutdown, ...intensityOf(read, "") }
    const { policies, principal } = read
    this.application = Object.freeze({ ...(policies === undefined ? {} : { policies }), ...(principal === undefined ? {} : { principal }) })
    this.children = childrenOf(read.children)
    for (const child of this.children) checkSignificance(child, autoShutdown)
    keepMaking(this, {
      reception: supervisorReception("supervisor", (port) => new SupervisorMailbox(port)),
      application: this.application,
      childrenOf: () => this.children,
      create: (kernel, { options, specs, added }) =>
        new Supervisor(kernel, {
          ...options,
          rules: this.rules,
          specs: specs(),
          specOf: (id, entry) => added(id, entry, autoShutdown),
        }),
    })
  }
}

function childrenOf(children: Children): readonly DefinedChild[] {
  refuseForeign("children", children)
  const read = entriesOf(children, "children").map(([id, entry]) => {
    if (isReordered(id))
      throw invalid(`children["${id}"]`, "is no id: JavaScript puts names that are numbers before all others, whatever the order")
    return Object.freeze(childOf(id, entry as Startable, `children["${id}"]`))
  })
  return Object.freeze(read)
}

/** Whether an object's own order puts that name first. Source  ECMAScript, OrdinaryOwnPropertyKeys: array indices. */
function isReordered(id: string): boolean {
  return /^(0|[1-9]\d{0,9})$/.test(id) && Number(id) < 2 ** 32 - 1
}

const SUPERVISOR = {
  strategy: notNull,
  autoShutdown: notNull,
  ...INTENSITY,
  children: anything,
  policies: optional(policiesOf),
  principal: optional(principalOf),
}
