import { type Benchmark, type Figure, type Pace, type Row, toFigures } from '../benchmark.ts'
import { startChild } from '../child.ts'
import { withPlaces } from '../databases.ts'

/** What one process did with one file. */
interface Told {
  readonly rows: number
  readonly seconds: number
  /** The most memory the process has had. */
  readonly peakMiB: number
}

const [smallMB, largeMB] = [1, 100]
const created = 5_000

/** Files of users: read and judged, and created. */
export const imports: Benchmark = {
  definition: `A CSV of users that is made while it is read (an address, two names, a locale and a note: 100 bytes a row), by a process of its own, once for each figure. "read" is rows per second until a file of ${smallMB} or ${largeMB} MB is staged, each row judged and stored and nobody created; "created" is users per second out of ${created.toLocaleString('en-US')} rows by one process, without passwords; "memory" is the most the process has had, of which a house that does nothing has a part. A quick run reads a tenth of the large file.`,
  run: (pace) =>
    withPlaces(async ({ folder, postgres }) => {
      const figures = [...(await figuresOf('SQLite', async (name) => `${folder}/${name}.db`, pace))]
      const first = await postgres()
      if (first !== undefined) {
        const urls = [first, await postgres(), await postgres()]
        figures.push(...(await figuresOf('PostgreSQL', async () => urls.pop() ?? first, pace)))
      }
      return figures
    }),
}

async function figuresOf(
  engine: string,
  place: (name: string) => Promise<string>,
  { roundMs }: Pace,
): Promise<readonly Figure[]> {
  const large = roundMs < 1000 ? largeMB / 10 : largeMB
  const told = async (what: 'stage' | 'create', rows: number) => {
    const child = await startChild<Told>('import-house', [await place(`${what}-${rows}`), what, `${rows}`])
    await child.close()
    return child.ready
  }
  const small = await told('stage', smallMB * 10_000)
  const big = await told('stage', large * 10_000)
  const people = await told('create', created)
  const memory = (mb: number) => `memory, ${engine}, ${mb} MB read`
  const rows: (readonly [Row, readonly number[]])[] = [
    [{ name: `read, ${engine}, ${smallMB} MB`, unit: 'per second' }, [small.rows / small.seconds]],
    [{ name: `read, ${engine}, ${large} MB`, unit: 'per second' }, [big.rows / big.seconds]],
    [{ name: `created, ${engine}`, unit: 'per second' }, [people.rows / people.seconds]],
    [{ name: memory(smallMB), unit: 'MiB' }, [small.peakMiB]],
    [{ name: memory(large), unit: 'MiB', against: [memory(smallMB)], target: { of: 'value', atMost: 400 } }, [big.peakMiB]],
  ]
  return toFigures(rows)
}
