/**
 * F-14: signing keys and secrets are rotated under load, and the process that does it is killed half-way.
 *
 * @module
 */
import { openSockets, type Sockets } from '../security/sockets.ts'
import type { Experiment, Outcome } from './experiment.ts'
import { startFront } from './front.ts'
import { violationsIn } from './invariants.ts'
import { firstSecret, type Node, pause, secondSecret, startNode } from './nodes.ts'
import { type Person, runLoad } from './people.ts'
import { checkPromises } from './promises.ts'

const clients = 4
/** Where the process dies in a rotation of the keys; `undefined`: it lives. */
const placesOfKeys = [
  '* > update signing_key > after',
  '* > insert signing_key > after',
  undefined,
  '* > update signing_key > before',
  '* > insert signing_key > before',
]
/** Where it dies in the boot that seals the keys again. */
const placesOfSecrets = ['boot > update signing_key > before', 'boot > update signing_key > after', undefined]
/** Longer than a new key is published before it signs. */
const takeOverMs = 121_000

export const f14: Experiment = {
  id: 'F-14',
  title: 'signing keys and secrets rotated under load, with kill -9 in it',
  async run({ postgres, size, say }): Promise<Outcome> {
    const location = await postgres.create('f14')
    const house = await open(location)
    const seen = { isOver: false, answers: 0 }
    const load = runLoad(house.sockets, {
      clients,
      name: 'f14',
      goesOn: () => !seen.isOver,
      insists: () => true,
      answered() {
        seen.answers += 1
      },
    })
    const veterans = await house.veterans('f14-veteran')
    const violations: string[] = []
    for (let round = 0; round < size.rotations; round += 1) {
      await house.rotateKeys(placesOfKeys[round % placesOfKeys.length], violations)
      await house.rotateSecrets(placesOfSecrets[round % placesOfSecrets.length], violations)
      violations.push(...(await violationsIn(location, { secrets: house.secrets() })))
      violations.push(...(await house.refusals(veterans)))
      say(`${round + 1} rotations`)
    }
    seen.isOver = true
    const { people, broken } = await load
    // The tokens of earlier people have run out meanwhile.
    const checked = await checkPromises(house.sockets, people.slice(-3 * clients))
    await house.close()
    return {
      done: `${size.rotations} rotations of keys and of secrets, ${seen.answers} answers`,
      figures: [`${house.kills()} kills`, `${checked.living} sessions live on, no valid token refused`],
      violations: [...violations, ...broken, ...checked.broken],
    }
  },
}

/** Two nodes behind a load balancer, and the operator who rotates. */
async function open(location: string) {
  let secrets: [string, ...string[]] = [firstSecret, secondSecret]
  let kills = 0
  // Minutes pass at once: that makes no request late.
  const start = (failpoint?: string) => startNode({ location, guarded: true, secret: secrets, deadline: '1h' }, failpoint)
  let nodes: [Node, Node] = [await start(), await start()]
  const front = await startFront()
  const seat = () => front.setBackends(nodes.filter((node) => node.isAlive()).map(({ origin }) => origin))
  seat()
  const sockets: Sockets = await openSockets(front.origin, clients + 4)
  /** Both clocks, as if time had passed; a node that starts anew is set to the same time. */
  let aheadMs = 0

  async function replace(at: 0 | 1, failpoint?: string): Promise<void> {
    const fresh = await start(failpoint)
    await fresh.tell({ do: 'advance', ms: aheadMs })
    nodes = at === 0 ? [fresh, nodes[1]] : [nodes[0], fresh]
    seat()
  }

  /** Whether a token from before the rotation, or one from after it, opens every node. */
  async function opens({ accessToken }: { readonly accessToken: string }): Promise<string[]> {
    const headers = { authorization: `Bearer ${accessToken}` }
    const answers = await Promise.all(nodes.map(({ origin }) => fetch(`${origin}/auth/me`, { headers })))
    return answers.filter(({ status }) => status !== 200).map(({ status }) => `a valid token is answered ${status}`)
  }

  return {
    sockets,
    secrets: () => secrets,
    kills: () => kills,
    async veterans(name: string): Promise<readonly Person[]> {
      let left = 2
      const goesOn = () => left-- > 0
      return (await runLoad(sockets, { clients: 2, name, insists: () => true, goesOn })).people
    },
    /** A node makes a key and may die of it; time passes until the key signs. */
    async rotateKeys(place: string | undefined, violations: string[]): Promise<void> {
      const [first] = nodes
      if (place !== undefined) await first.tell({ do: 'arm', spec: `${place}:kill` })
      const rotated = await first.tell({ do: 'rotate' }).catch((error: Error) => ({ failed: error.message }))
      if (place !== undefined) {
        await first.died(60_000)
        kills += 1
        await replace(0)
        // What was asked when it died is asked again before time leaps: a refresh may be repeated for 30 s.
        await pause(500)
      } else if ('failed' in rotated && rotated.failed !== undefined) violations.push(`a rotation failed: ${rotated.failed}`)
      const stepMs = Math.round(takeOverMs / 4)
      // In steps, as time passes: tokens made on the way are checked by the load.
      for (let step = 0; step < 4; step += 1) {
        aheadMs += stepMs
        await Promise.all(nodes.map((node) => node.tell({ do: 'advance', ms: stepMs })))
        await pause(100)
      }
    },
    /** The other secret becomes the newest, node by node; the first of them may die while it seals. */
    async rotateSecrets(place: string | undefined, violations: string[]): Promise<void> {
      secrets = [secrets[1] ?? firstSecret, secrets[0]]
      if (place !== undefined) {
        const born = await start(`${place}:kill`).catch(() => undefined)
        if (born) violations.push(`${place}: the failpoint was not reached`)
        await born?.kill()
        kills += 1
      }
      for (const at of [0, 1] as const) {
        const old = nodes[at]
        await replace(at)
        await old.kill()
        kills += 1
        seat()
      }
    },
    /** Tokens are good for 15 minutes: those that are younger open. */
    async refusals(people: readonly Person[]): Promise<string[]> {
      const broken: string[] = []
      const living = people.flatMap(({ sessions }) => sessions.filter(({ state }) => state === 'living'))
      for (const session of living) {
        broken.push(...(await opens(session)))
        const refreshed = await insist(() =>
          sockets.send('POST', '/auth/refresh', { refreshToken: session.refreshToken }, { 'x-auth-strategy': 'bearer' }),
        )
        if (refreshed.status !== 200) broken.push(`a refresh is answered ${refreshed.status} ${refreshed.body.code ?? ''}`)
        else Object.assign(session, { accessToken: refreshed.body.accessToken, refreshToken: refreshed.body.refreshToken })
        broken.push(...(await opens(session)))
      }
      return broken
    },
    async close(): Promise<void> {
      sockets.close()
      await front.close()
      await Promise.all(nodes.map((node) => node.stop()))
    },
  }
}

/** What is refused for now, or cut off by a kill, is asked again. */
async function insist(ask: () => ReturnType<Sockets['send']>): ReturnType<Sockets['send']> {
  for (let tries = 0; ; tries += 1) {
    const answer = await ask().catch((error: unknown) => {
      if (tries > 200) throw error
      return undefined
    })
    if (answer && answer.status !== 503 && answer.status !== 502) return answer
    await pause(20)
  }
}
