/**
 * The door to services of code outside all processes: `acquire`, which a runtime and its callers have.
 *
 * Its signatures stand in a type, and no class has them: an editor shows what a type has without its owner, which here would be the whole
 * table of services, before each `acquire`.
 */

import type { Kernel } from "../kernel/kernel.ts"
import { begun } from "../kernel/unheard.ts"
import { acquireOptionsOf } from "../process/acquire-options.ts"
import type { FaceClass } from "../process/context.ts"
import type { Identity } from "../security/gate.ts"
import type { Mailbox } from "../service/mailbox.ts"
import type { Services } from "../service/services.ts"
import type { PartitionedId, PartitionOf } from "./services-of.ts"

/** How to acquire by an id that is known at run time only. */
export interface AcquireOptions<M extends Mailbox> {
  /** The class the mailbox must be of: an id that comes from configuration may name something else. */
  readonly as: FaceClass<M>
  /** Picks one of a service's partitions: a whole number by its remainder, a text by a hash of it, or of its tag (`order:{7}:lines`). */
  readonly key?: string | number
}

/** What acquires, as this caller. */
export type Acquiring<S> = {
  /**
   * Acquires a mailbox of a service, for this caller. The service is started if its detach policy had stopped it.
   *
   * Errors  Invalid (empty id, no service, not of the class asked for); NotFound; PermissionDenied; Unavailable (stopped or given up).
   */
  acquire<Id extends keyof S & string>(id: Id): Promise<S[Id]>
  /** Of a service with partitions: the mailbox of that which `key` picks, the same one each time. A whole number picks by its remainder. */
  acquire<Id extends PartitionedId<S>>(id: Id, options: { readonly key: string | number }): Promise<PartitionOf<S[Id]>>
  acquire<M extends Mailbox>(id: string, options: AcquireOptions<M>): Promise<M>
}

/** Where services are, and where waiting for them is counted. */
interface Where {
  readonly services: Services
  readonly kernel: Kernel
}

export const AcquiringCaller: new <S extends object>(where: Where, identity: Identity) => Acquiring<S> = class {
  readonly #where: Where
  readonly #identity: Identity

  constructor(where: Where, identity: Identity) {
    this.#where = where
    this.#identity = identity
  }

  /** The type of what it gives is what the caller was told of the tree. */
  acquire(id: string, options?: Partial<AcquireOptions<Mailbox>>): Promise<never> {
    const { services, kernel } = this.#where
    const holder = { ...this.#identity, caller: undefined }
    return begun(kernel, () => services.acquire(id, holder, acquireOptionsOf(options))) as Promise<never>
  }
}
