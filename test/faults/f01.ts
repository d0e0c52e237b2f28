/**
 * F-01: kill -9, a lost connection or a delay at every named failpoint.
 *
 * Which failpoints there are is found out by living one life: a statement that is added is an experiment that is added.
 *
 * @module
 */
import { randomInt } from 'node:crypto'
import { openSockets, type Sockets } from '../security/sockets.ts'
import { type Experiment, inWords, type Lab, type Outcome, quantile, type Size } from './experiment.ts'
import type { Mode } from './failpoints.ts'
import { violationsIn } from './invariants.ts'
import { type Cast, guess, newCast, type Step, steps } from './life.ts'
import { firstSecret, type Node, startNode } from './nodes.ts'
import { checkPromises } from './promises.ts'

interface Point {
  readonly name: string
  readonly operation: string
}

/** One server at a time on one database, with the caller's sockets. */
interface Bed {
  node: Node
  sockets: Sockets
}

const patienceMs = 60_000

export const f01: Experiment = {
  id: 'F-01',
  title: 'kill -9, a lost connection, a delay at each named failpoint',
  async run({ postgres, size, say }): Promise<Outcome> {
    const points = await findPoints(await postgres.create('f01_points'))
    const boot = everyNth(
      points.filter(({ operation }) => operation === 'boot'),
      size.failpointSample,
    )
    const todo = plan(points, size)
    say(`${points.length} failpoints, ${todo.length} experiments`)
    const violations: string[] = []
    const readyMs: number[] = []
    let done = 0
    const lane = async (nr: number) => {
      const url = await postgres.create(`f01_${nr}`)
      const bed: Bed = await makeBed(url)
      for (let next = todo.shift(); next; next = todo.shift()) {
        const found = await strike(bed, url, next.point, next.mode, `${nr}-${done}`)
        const named = found.map((what) => `${next?.point.name}:${next?.mode}: ${what}`)
        for (const what of named) say(what)
        violations.push(...named)
        readyMs.push(bed.node.readyMs)
        done += 1
        if (done % 20 === 0) say(`${done} done`)
      }
      violations.push(
        ...(await violationsIn(url, { secrets: [firstSecret], canaries: ['correct horse battery', 'another good secret'] })),
      )
      bed.sockets.close()
      await bed.node.stop()
    }
    await Promise.all([0, 1].map(lane))
    violations.push(...(await strikeBoot({ postgres, size, say }, boot, readyMs)))
    return {
      done: `${points.length} failpoints, ${done + boot.length * size.failpointRounds} experiments`,
      figures: [`ready after ${inWords(quantile(readyMs, 0.5))} (median), ${inWords(quantile(readyMs, 0.99))} (p99)`],
      violations: isSlow(readyMs) ? [...violations, 'starts took longer than 3 s'] : violations,
    }
  },
}

/** One in a hundred starts may be late; a few, beside other experiments, are no measure. */
const isSlow = (readyMs: readonly number[]): boolean => readyMs.length >= 1_000 && quantile(readyMs, 0.99) > 3_000

/** Where what was done becomes known: to the database, to the other nodes, to the caller. */
const isDecisive = ({ name }: Point): boolean => / > (commit|announce|answer)( \d+)? > /.test(name)

/** Every n-th, beginning anywhere: each run of a sample takes others. */
const everyNth = <T>(all: readonly T[], nth: number): T[] => {
  const first = randomInt(nth)
  return all.filter((_, index) => index % nth === first)
}

/** Kills in each round, at decisive failpoints more often than at others; of the gentler faults one round. */
function plan(
  points: readonly Point[],
  { failpointRounds, failpointSample }: Size,
): { readonly point: Point; readonly mode: Mode }[] {
  const own = points.filter(({ operation }) => operation !== 'boot')
  const often = Math.ceil(failpointSample / 3)
  const chosen = [
    ...everyNth(own.filter(isDecisive), often),
    ...everyNth(
      own.filter((point) => !isDecisive(point)),
      failpointSample,
    ),
  ]
  const gentle = everyNth(
    own.filter(({ name }) => !name.includes('> answer >')),
    failpointSample,
  )
  return [
    ...Array.from({ length: failpointRounds }, () => chosen.map((point) => ({ point, mode: 'kill' as const }))).flat(),
    ...gentle.map((point, index) => ({ point, mode: index % 4 === 0 ? ('delay' as const) : ('throw' as const) })),
  ]
}

async function makeBed(location: string, failpoint?: string): Promise<Bed> {
  const node = await startNode({ location, guarded: true }, failpoint)
  return { node, sockets: await openSockets(node.origin, 4) }
}

const stageOf = ({ node, sockets }: Bed) => ({ send: sockets.send, tell: node.tell })

/** Lives one life without a fault and writes down what it passes. */
async function findPoints(location: string): Promise<readonly Point[]> {
  const bed = await makeBed(location)
  const points: Point[] = await namesIn(bed, 'boot')
  const cast = newCast('dry')
  for (const step of steps) {
    await bed.node.tell({ do: 'passed' })
    if (!(await step.run(cast, stageOf(bed)))) throw new Error(`the life without a fault ends at ${step.operation}`)
    if (step.operation !== undefined) points.push(...(await namesIn(bed, step.operation)))
  }
  bed.sockets.close()
  await bed.node.stop()
  return points
}

async function namesIn({ node }: Bed, operation: string): Promise<Point[]> {
  const { names = [] } = await node.tell({ do: 'passed' })
  return names.filter((name) => name.startsWith(`${operation} > `)).map((name) => ({ name, operation }))
}

/** Lives up to the failpoint's operation, meets the fault, and holds the server to everything. */
async function strike(bed: Bed, url: string, { name, operation }: Point, mode: Mode, label: string): Promise<string[]> {
  const cast = newCast(label)
  const found: string[] = []
  const needed = forOperation(operation)
  for (const step of needed.slice(0, -1)) {
    if (!(await step.run(cast, stageOf(bed)))) return [`the life ended early, at ${step.operation ?? 'set-up'}`]
  }
  await bed.node.tell({ do: 'arm', spec: `${name}:${mode}` })
  const survived = await needed.at(-1)?.run(cast, stageOf(bed))
  if (mode === 'kill') {
    const isReached = await bed.node.died(patienceMs).then(
      () => true,
      () => false,
    )
    if (!isReached) {
      found.push('the failpoint was not reached')
      await bed.node.kill()
    }
    bed.sockets.close()
    Object.assign(bed, await makeBed(url))
  } else if (mode === 'delay' && !survived) found.push('a delay was enough to be refused')
  if (!bed.node.isAlive()) return [...found, `the process ended: ${bed.node.log().slice(-500)}`]
  return [...found, ...(await hold(bed, url, cast))]
}

/** The steps that an operation needs before it, and itself. */
function forOperation(operation: string): readonly Step[] {
  const last = steps.findIndex((step) => step.operation === operation)
  return steps.slice(0, last + 1).filter((_, index) => index === last || isNeeded(operation, index))
}

/** Eve, the guesses and the keys do not need what Ada did. */
function isNeeded(operation: string, index: number): boolean {
  const firstOf: Readonly<Record<string, string>> = { disable: 'logout-all', guess: 'disable', rotate: 'guess' }
  const first = firstOf[operation]
  return first === undefined || index > steps.findIndex((step) => step.operation === first)
}

async function hold(bed: Bed, url: string, cast: Cast): Promise<string[]> {
  const found = await violationsIn(url, { secrets: [firstSecret] })
  const { broken } = await checkPromises(bed.sockets, [cast.ada, cast.eve])
  return [...found, ...broken, ...(await replay(bed, cast)), ...(await guessOn(bed, cast))]
}

/** I2: a refresh token whose successor has been rotated opens nothing. Asked last: it ends the family. */
async function replay({ sockets }: Bed, { ada }: Cast): Promise<string[]> {
  const spent = ada.sessions.flatMap((session) => session.spent)
  const answers = await Promise.all(
    spent.map((refreshToken) => sockets.send('POST', '/auth/refresh', { refreshToken }, { 'x-operation': 'check' })),
  )
  return answers.filter(({ status }) => status !== 401).map(({ status }) => `I2: a spent token is answered ${status}`)
}

/** I11: whatever died, five guesses are judged and no more before the delay begins. */
async function guessOn(bed: Bed, cast: Cast): Promise<string[]> {
  if (cast.guessed.exists !== 'yes') return []
  for (let tries = 0; tries < 8; tries += 1) {
    const status = await guess(cast, stageOf(bed))
    if (status !== 401) break
    cast.judged += 1
  }
  return cast.judged > 5 ? [`I11: ${cast.judged} guesses were judged`] : []
}

/** A first boot that dies half-way is finished by the next one. */
async function strikeBoot({ postgres, size }: Lab, points: readonly Point[], readyMs: number[]): Promise<string[]> {
  const found: string[] = []
  for (let round = 0; round < size.failpointRounds; round += 1) {
    for (const [index, { name }] of points.entries()) {
      const url = await postgres.create(`f01_boot_${round}_${index}`)
      const killed = await startNode({ location: url, guarded: true }, `${name}:kill`).catch(() => undefined)
      if (killed) {
        // What is announced once the house is up may follow the port.
        const isReached = await killed.died(patienceMs).then(
          () => true,
          () => false,
        )
        if (!isReached) found.push(`${name}: the failpoint was not reached`)
        await killed.kill()
      }
      const bed = await makeBed(url)
      readyMs.push(bed.node.readyMs)
      const cast = newCast(`boot-${round}-${index}`)
      const whole = await steps[0]?.run(cast, stageOf(bed))
      if (!whole) found.push(`${name}: nobody can register after it`)
      found.push(...(await violationsIn(url, { secrets: [firstSecret] })).map((what) => `${name}: ${what}`))
      bed.sockets.close()
      await bed.node.stop()
    }
  }
  return found
}
