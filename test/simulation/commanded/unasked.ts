/** An application that passes, and a model of a service that there is not. */

export { fixed as default } from "../simulated/desk.ts"
export const options = { schedules: 3, models: { "app:dekc": { init: () => 0, call: {} } } }
