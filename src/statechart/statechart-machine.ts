/**
 * The type of a machine as its definition, its address and its mailbox keep it: what it takes, what its snapshots and its output are, what it
 * emits, each by its name; not the configuration it was made of, nor the names of its actions, guards, actors and delays, and nothing of what
 * it does not speak of. XState's own type has fifteen arguments without a name, a page that an editor would show each time.
 */

import type {
  AnyActorRef,
  AnyEventObject,
  AnyStateMachine,
  ContextFrom,
  EventObject,
  MachineContext,
  MetaObject,
  NonReducibleUnknown,
  StateMachine,
  StateValue,
} from "xstate"

/** A configuration of which nothing is said. The id of a state is any text then: `snapshot.getMeta()["light.on"]`. */
export interface Configuration {
  readonly id: string
}

type Children = Record<string, AnyActorRef | undefined>

/** What is known of a machine, by name; what is left out is as XState has it where nothing is said. */
export interface MachineParts {
  /** What it takes. */
  readonly events?: EventObject
  /** The values of its states. */
  readonly states?: StateValue
  /** The tags that its states may have. */
  readonly tags?: string
  /** What it starts with. */
  readonly input?: unknown
  /** What it comes to. */
  readonly output?: unknown
  /** What it emits. */
  readonly emitted?: EventObject
  /** What its states say of themselves. */
  readonly meta?: MetaObject
  /** The actors below it, by id. */
  readonly children?: Children
  /** Of its snapshots. */
  readonly context?: MachineContext
}

/**
 * A machine by what is to be known of it from outside, to name the type of an address or a mailbox by: its events and states, and whichever of
 * `tags`, `input`, `output`, `emitted`, `meta`, `children` and `context` it speaks of. Without an argument: one of which nothing is known.
 *
 * @example
 * import { createMachine } from "xstate"
 * const light = statechart(createMachine({ initial: "off", states: { off: { on: { PRESS: "on" } }, on: {} } }))
 * const press = (pid: StatechartPid<Machine>) => pid.send({ type: "PRESS" })
 * press(runtime.spawn(light)) // => true
 */
export interface Machine<Parts extends MachineParts = {}>
  extends StateMachine<
    Part<Parts, "context">,
    Part<Parts, "events">,
    Part<Parts, "children">,
    never,
    never,
    never,
    never,
    Part<Parts, "states">,
    Part<Parts, "tags">,
    Part<Parts, "input">,
    Part<Parts, "output">,
    Part<Parts, "emitted">,
    Part<Parts, "meta">,
    Configuration
  > {}

type Part<Parts, Name extends keyof MachineParts> =
  Parts extends Readonly<Record<Name, infer Said extends Required<MachineParts>[Name]>> ? Said : Unsaid<Parts>[Name]

/** What XState has where nothing is said. `createMachine` says nothing of states, and of children that there may be any. */
interface Unsaid<Parts> {
  readonly events: AnyEventObject
  readonly states: StateValue
  readonly tags: string
  readonly input: NonReducibleUnknown
  readonly output: NonReducibleUnknown
  readonly emitted: EventObject
  readonly meta: MetaObject
  readonly children: Parts extends { readonly states: unknown } ? {} : Record<string, AnyActorRef>
  readonly context: MachineContext
}

/** That of a machine of which nothing is known stays what it is. */
export type MachineOf<M extends AnyStateMachine> = IsAny<ContextFrom<M>> extends true ? M : MachineSaying<PartsOf<M>>

/** Written out, so that an editor shows what is said, and not what that was taken of. */
type MachineSaying<Parts> = { [Name in keyof Parts as Spoken<Parts, Name>]: Parts[Name] } extends infer Said extends MachineParts
  ? Machine<Said>
  : never

type Spoken<Parts, Name extends keyof Parts> = Name extends keyof MachineParts
  ? IsSame<Parts[Name], Unsaid<Saying<Parts>>[Name]> extends true
    ? never
    : Name
  : never

type IsAny<T> = 0 extends 1 & T ? true : false

type PartsOf<M extends AnyStateMachine> =
  M extends StateMachine<
    infer Context,
    infer Event,
    infer Children,
    infer _Actor,
    infer _Action,
    infer _Guard,
    infer _Delay,
    infer State,
    infer Tag,
    infer Input,
    infer Output,
    infer Emitted,
    infer Meta,
    infer _Configuration
  >
    ? {
        events: Event
        states: State
        tags: Tag
        input: unknown extends Input ? NonReducibleUnknown : Input
        output: unknown extends Output ? NonReducibleUnknown : Output
        emitted: Emitted
        meta: IsAny<Meta> extends true ? MetaObject : Meta
        children: Children
        context: Context
      }
    : never

/** As far as it matters to what is said of the rest. */
type Saying<Parts> = Parts extends { states: infer States } ? (StateValue extends States ? {} : { readonly states: States }) : {}

/** Identical, not only assignable both ways. */
type IsSame<One, Other> = (<T>() => T extends One ? 1 : 2) extends <T>() => T extends Other ? 1 : 2 ? true : false
