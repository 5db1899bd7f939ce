import { ExpiryHeap } from "../../../actors/store/expiry-heap.ts"
import { expiryContract } from "../../contracts/expiry.ts"

expiryContract("ExpiryHeap", () => new ExpiryHeap())
