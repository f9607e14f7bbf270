/** What a host keeps for the controller with each good release. Types and limits alone: the host never looks into it. */

/** A text of the controller's that only the controller can have written. */
export interface Kept {
  /** JSON: what it takes to start and to ask that release again. */
  payload: string;
  /** HMAC-SHA256 of the payload with the controller's own key, in hexadecimal. */
  signature: string;
}

/** Characters; the helper refuses a longer one. */
export const LONGEST_PAYLOAD = 1 << 16;
