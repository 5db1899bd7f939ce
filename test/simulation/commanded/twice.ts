/** One application by several names, of which one is none of its own. */

import { fixed } from "../simulated/desk.ts"

export { fixed as again, fixed } from "../simulated/desk.ts"
export default fixed
export const options = { schedules: 3 }
