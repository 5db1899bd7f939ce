/** A desk, wrong and right, and what else a file of a user's may export. */

import { soldOnce, soldOut } from "../simulated/desk.ts"

export { buggy, fixed, soldOnce } from "../simulated/desk.ts"
export const about = "a ticket that is sold twice"
export const options = { schedules: 40, always: { soldOnce }, sometimes: { soldOut } }
