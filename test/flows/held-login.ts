import type { AuthOptions } from '../../src/app/options.ts'

/** Holds whoever has proved a password before their transaction begins, while it is armed. */
export function heldLogin() {
  let held: { arrived(): void; readonly released: Promise<void> } | undefined
  const hooks: AuthOptions['hooks'] = {
    async beforeLogin() {
      const now = held
      held = undefined
      now?.arrived()
      await now?.released
    },
  }
  return {
    hooks,
    /** Logs in, and runs `meanwhile` between the proof and what it is good for. */
    async during<T>(login: () => Promise<T>, meanwhile: () => Promise<unknown>): Promise<T> {
      let release = () => {}
      const released = new Promise<void>((resolve) => {
        release = resolve
      })
      const arrival = new Promise<void>((arrived) => {
        held = { arrived, released }
      })
      const answer = login()
      await Promise.race([arrival, answer.then(() => Promise.reject(new Error('the login never came to the hook')))])
      await meanwhile()
      release()
      return answer
    },
  }
}
