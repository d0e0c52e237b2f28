import { expect, test } from 'vitest'
import { type Report, toMarkdown, toText } from './report.ts'

const report: Report = {
  cpu: 'A processor',
  cores: 2,
  system: 'linux 6 x64',
  node: 'v20.19.0',
  loadBefore: 0.25,
  at: '2026-01-01T12:00:00.000Z',
  pace: { rounds: 5, roundMs: 2000 },
  results: [
    {
      name: 'logins',
      definition: 'Logins per second.',
      figures: [
        { name: 'argon2 alone', unit: 'per second', value: 48.24, least: 40, most: 50 },
        { name: 'login', unit: 'per second', against: 'argon2 alone', value: 1234.5, least: 9.876, most: 2000 },
      ],
    },
  ],
}

test('the page has machine, date, definition, command and the ratio to the baseline of the same run', () => {
  expect(
    toMarkdown(report),
  ).toBe(`A processor, 2 cores, linux 6 x64, Node v20.19.0, 2026-01-01; load average before the run 0.3; median of 5 rounds.

### logins

Logins per second.

\`npm run bench -- logins\`

| Figure | Median | Least to most | Ratio |
|---|---|---|---|
| argon2 alone | 48.2 /s | 40.0 to 50.0 | baseline |
| login | 1,235 /s | 9.88 to 2,000 | 26 × argon2 alone |`)
})

test('the terminal gets the same figures in one table', () => {
  expect(toText(report).split('\n').slice(2)).toEqual([
    'benchmark  figure        median    least to most  ratio',
    'logins     argon2 alone  48.2 /s   40.0 to 50.0   baseline',
    'logins     login         1,235 /s  9.88 to 2,000  26 × argon2 alone',
  ])
})

test('a figure that is compared with one nobody measured is a mistake, not a blank', () => {
  const [only] = report.results
  const figures = only?.figures.slice(1) ?? []
  expect(() => toText({ ...report, results: [{ name: 'logins', definition: '', figures }] })).toThrow('argon2 alone')
})

test('a ratio is written out, however large or small', () => {
  const figure = (name: string, value: number) => ({ name, unit: 'ms' as const, value, least: value, most: value })
  const figures = [
    figure('idle', 2),
    { ...figure('busy', 2345), against: 'idle' },
    { ...figure('asleep', 0.01), against: 'idle' },
  ]
  const lines = toText({ ...report, results: [{ name: 'flood', definition: '', figures }] }).split('\n')
  expect(lines.slice(-2).map((line) => line.split('  ').at(-1))).toEqual(['1,173 × idle', '0.0050 × idle'])
})
