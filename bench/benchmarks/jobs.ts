import { type Benchmark, type Figure, type Pace, quantile, type Row, toFigures } from '../benchmark.ts'
import { withPlaces } from '../databases.ts'
import { postgresBed, type QueueBed, sqliteBed } from '../queue-beds.ts'

const [few, many] = [1_000, 1_000_000]

/** What the table of jobs carries, and what it costs when much is owed. */
export const jobs: Benchmark = {
  definition: `Mails that turn out to have no reader (a claim, a look for the reader, a removal) worked off by one process, 8 at once. "done" is jobs per second while ${counted(few)} or ${counted(many)} are due; "claim" is the median of the one statement that takes those due longest, as the driver sees it. Each size has a database of its own, which is filled up again before each turn; the sizes take turns.`,
  run: (pace) =>
    withPlaces(async ({ folder, postgres }) => {
      const figures = [...(await sizesOf('SQLite', (size) => sqliteBed(`${folder}/${size}.db`), pace))]
      const urls = [await postgres(), await postgres()].filter((url) => url !== undefined)
      if (urls.length === 2)
        figures.push(...(await sizesOf('PostgreSQL', (size) => postgresBed(urls[Number(size === many)] ?? ''), pace)))
      return figures
    }),
}

async function sizesOf(
  engine: string,
  open: (size: number) => Promise<QueueBed>,
  { rounds, roundMs }: Pace,
): Promise<readonly Figure[]> {
  const beds = [
    { size: few, bed: await open(few), claim: [] as number[], done: [] as number[] },
    { size: many, bed: await open(many), claim: [] as number[], done: [] as number[] },
  ]
  try {
    for (let turn = 0; turn <= rounds; turn++) {
      for (const { size, bed, claim, done } of beds) {
        await bed.fill(size)
        const shift = await bed.work(roundMs)
        if (turn === 0) continue
        claim.push(quantile(shift.claims, 0.5))
        done.push(shift.donePerSecond)
      }
    }
  } finally {
    for (const { bed } of beds) await bed.close()
  }
  return toFigures(beds.flatMap(({ size, claim, done }) => rowsOf(engine, size, claim, done)))
}

function rowsOf(
  engine: string,
  size: number,
  claim: readonly number[],
  done: readonly number[],
): (readonly [Row, readonly number[]])[] {
  const name = (what: string, due: number) => `${what}, ${engine}, ${counted(due)} due`
  const against = (what: string) => (size === few ? {} : { against: [name(what, few)] })
  return [
    [{ name: name('done', size), unit: 'per second', ...against('done') }, done],
    [
      {
        name: name('claim', size),
        unit: 'ms',
        ...against('claim'),
        ...(size === many && { target: { of: 'ratio', atMost: 1.5 } }),
      },
      claim,
    ],
  ]
}

function counted(number: number): string {
  return number.toLocaleString('en-US')
}
