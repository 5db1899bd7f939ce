/** XState's types take what we make of our stream, and we take XState's observers. Checked by `tsc`; never run. */

import { createActor, createMachine, type InspectionEvent, type Observer } from "xstate"
import { type Runtime, start } from "../../src/index.ts"
import { inspectionToXState, statechart, type XStateInspector } from "../../src/xstate.ts"

declare const runtime: Runtime
declare const observer: Observer<InspectionEvent>
declare const inspector: XStateInspector

start({}, { inspect: inspectionToXState(observer) })
start({}, { inspect: inspectionToXState(inspector) })
runtime.inspect(inspectionToXState((event) => event satisfies InspectionEvent)) satisfies () => void

// One observer for both worlds.
createActor(createMachine({}), { inspect: inspector })
statechart(createMachine({}), { inspect: observer })
statechart(createMachine({}), { inspect: inspector })

// @ts-expect-error an observer of XState's events
inspectionToXState((event: { readonly type: "spawned" }) => event)
// @ts-expect-error an observer
inspectionToXState(5)
// @ts-expect-error an inspector is no observer of XState's
createActor(createMachine({}), { inspect: inspectionToXState(observer) })
