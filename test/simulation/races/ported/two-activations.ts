import { type AddressOf, actor, type MailboxOf, type Pid, type Runtime, StoreMailbox, server, store, Unavailable } from "pigeonhole"

export const about =
  "An account that is put to sleep is woken anew before its balance is saved: two of one id, and a deposit is lost (two activations)"
export const needs = ["order"]

const patient = { timeoutMs: Number.POSITIVE_INFINITY }
type Vault = StoreMailbox<number>
type Directory = MailboxOf<ReturnType<typeof directoryOf>>
type PutToSleep = (awake: AddressOf<typeof account>) => unknown
interface Account {
  readonly vault: Vault
  balance: number
}

async function saveAndSleep({ vault, balance }: Account, self: { stop(): void }): Promise<void> {
  await vault.set("Ann", balance, undefined, patient)
  self.stop()
}

/** Its balance is in the vault while it sleeps. */
const account = server({
  init: async (_none: undefined, self): Promise<Account> => {
    const vault = await self.acquire<Vault>("bank:vault")
    return { vault, balance: (await vault.get("Ann", patient)) ?? 0 }
  },
  call: {
    deposit: (state, amount: number) => {
      state.balance += amount
    },
    sleep: (state, _none: undefined, self) => saveAndSleep(state, self),
  },
  cast: { fallAsleep: (state, _none: undefined, self) => saveAndSleep(state, self) },
})

/** Knows who is awake, and wakes who is not; one request at a time. */
const directoryOf = (putToSleep: PutToSleep, woken: Pid[]) =>
  server({
    init: () => ({ awake: undefined as AddressOf<typeof account> | undefined }),
    call: {
      wake: (state, _none: undefined, self) => {
        if (state.awake !== undefined) return state.awake
        state.awake = self.spawn(account, undefined)
        woken.push(state.awake)
        return state.awake
      },
      putToSleep: async (state): Promise<void> => {
        if (state.awake !== undefined) await putToSleep(state.awake)
        state.awake = undefined
      },
    },
  })

/** Who has gone to sleep meanwhile has taken no deposit: it is made to who is woken then. */
async function deposit(directory: Directory, amount: number): Promise<void> {
  const awake = await directory.call.wake(undefined, patient)
  try {
    await awake.call.deposit(amount, patient)
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error
    await deposit(directory, amount)
  }
}

function bank(putToSleep: PutToSleep) {
  const woken: Pid[] = []
  const teller = actor<{ readonly amount: number; readonly looks: number }>(async (self, { amount, looks }) => {
    const directory = await self.acquire<Directory>("bank:directory")
    const vault = await self.acquire<Vault>("bank:vault")
    for (let look = 1; look <= looks; look += 1) await vault.has("closed", patient)
    await deposit(directory, amount)
    if (looks === 0) await directory.call.putToSleep(undefined, patient)
  })
  const porter = actor(async (self) => {
    const directory = await self.acquire<Directory>("bank:directory")
    await directory.call.putToSleep(undefined, patient)
  })
  return {
    tree: { "bank:vault": store<number>(), "bank:directory": directoryOf(putToSleep, woken) },
    async run(runtime: Runtime): Promise<void> {
      const tellers = [runtime.spawn(teller, { amount: 10, looks: 0 }), runtime.spawn(teller, { amount: 5, looks: 8 })]
      await Promise.all(tellers.map((pid) => runtime.whenEnded(pid)))
      await runtime.whenEnded(runtime.spawn(porter))
      await Promise.all(woken.map((pid) => runtime.whenEnded(pid)))
    },
    async check(runtime: Runtime): Promise<string | undefined> {
      const vault = await runtime.acquire("bank:vault", { as: StoreMailbox<number> })
      const saved = await vault.get("Ann", patient)
      return saved === 15 ? undefined : `10 and 5 were paid in, and the vault has ${saved}`
    },
  }
}

export function buggy() {
  return bank((awake) => awake.cast.fallAsleep())
}

/** It sleeps once its balance is in the vault. */
export function fixed() {
  return bank((awake) => awake.call.sleep(undefined, patient))
}
