/** What every arm of skynet is held to: how many each actor starts, and the sum that comes of it. */

export const WIDTH = 10

/** Of the numbers from 0 to below `size`; of a million: 499999500000. */
export function rightSum(size: number): number {
  return (size * (size - 1)) / 2
}
