/** The runtime's error that a call ends with; a call that succeeds, or fails with something else, fails the test. */

import { PigeonholeError } from "../../src/index.ts"

export async function refusalOf(promise: PromiseLike<unknown>): Promise<PigeonholeError> {
  return promise.then(failUnexpected, expectOurs)
}

export function refusalBy(call: () => unknown): PigeonholeError {
  let result: unknown
  try {
    result = call()
  } catch (error) {
    return expectOurs(error)
  }
  return failUnexpected(result)
}

function failUnexpected(result: unknown): never {
  throw new Error(`expected a refusal, got ${String(result)}`)
}

function expectOurs(error: unknown): PigeonholeError {
  if (error instanceof PigeonholeError) return error
  throw new Error(`expected an error of the runtime, got ${String(error)}`, { cause: error })
}
