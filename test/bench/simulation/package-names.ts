/** Lets Node read programs that name the package as its users do. Given to an arm by `--import`. */

import "../../house/package-names.ts"
