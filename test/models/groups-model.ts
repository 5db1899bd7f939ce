/** Process groups as a list of memberships: every question is answered by looking at all of it. Processes are numbers. */

/** A notice: join or leave, and whom. */
export type Told = readonly [action: "join" | "leave", group: string, who: readonly number[]]

export interface Watch {
  readonly watcher: number
  readonly group: string
  /** The members when it began. */
  readonly members: readonly number[]
  isActive: boolean
  readonly told: Told[]
}

export class GroupsModel {
  readonly dead = new Set<number>()
  readonly watches: Watch[] = []
  #memberships: { readonly group: string; readonly who: number }[] = []
  /** Notices on their way. */
  #waiting: { readonly watch: Watch; readonly told: Told }[] = []

  join(group: string, who: readonly number[]): void {
    const joining = who.filter((each) => !this.dead.has(each))
    this.#memberships.push(...joining.map((each) => ({ group, who: each })))
    this.#tell("join", group, joining)
  }

  leave(group: string, who: readonly number[]): boolean {
    const left = who.filter((each) => {
      const at = this.#memberships.findLastIndex((membership) => membership.group === group && membership.who === each)
      if (at >= 0) this.#memberships.splice(at, 1)
      return at >= 0
    })
    this.#tell("leave", group, left)
    return left.length > 0
  }

  members(group: string): number[] {
    const all = this.#memberships.filter((membership) => membership.group === group).map(({ who }) => who)
    return [...new Set(all)].flatMap((who) => all.filter((each) => each === who))
  }

  groups(): Set<string> {
    return new Set(this.#memberships.map(({ group }) => group))
  }

  monitor(watcher: number, group: string): void {
    this.watches.push({ watcher, group, members: this.members(group), isActive: !this.dead.has(watcher), told: [] })
  }

  demonitor(watch: Watch): boolean {
    const wasActive = watch.isActive
    watch.isActive = false
    return wasActive
  }

  die(who: number): void {
    if (this.dead.has(who)) return
    this.dead.add(who)
    for (const watch of this.watches) if (watch.watcher === who) watch.isActive = false
    const own = this.#memberships.filter((membership) => membership.who === who)
    this.#memberships = this.#memberships.filter((membership) => membership.who !== who)
    for (const group of new Set(own.map((membership) => membership.group))) {
      const left = own.filter((membership) => membership.group === group).map(() => who)
      this.#tell("leave", group, left)
    }
  }

  /** What waits is heard, unless it was called off. */
  settle(): void {
    for (const { watch, told } of this.#waiting) if (watch.isActive) watch.told.push(told)
    this.#waiting = []
  }

  #tell(action: Told[0], group: string, who: readonly number[]): void {
    if (who.length === 0) return
    for (const watch of this.watches) if (watch.isActive && watch.group === group) this.#waiting.push({ watch, told: [action, group, who] })
  }
}
