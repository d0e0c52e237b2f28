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
        { name: 'argon2 alone', unit: 'per second', value: 48.24, least: 40, most: 50, ratios: {} },
        {
          name: 'login',
          unit: 'per second',
          against: ['argon2 alone'],
          value: 1234.5,
          least: 9.876,
          most: 2000,
          ratios: { 'argon2 alone': 25.591 },
        },
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
    'benchmark  figure        median    least to most  ratio              asked',
    'logins     argon2 alone  48.2 /s   40.0 to 50.0   baseline',
    'logins     login         1,235 /s  9.88 to 2,000  26 × argon2 alone',
  ])
})

test('a ratio is written out, however large or small', () => {
  const figure = (name: string, ratio: number) => ({
    name,
    unit: 'ms' as const,
    value: 2,
    least: 2,
    most: 2,
    ratios: { idle: ratio },
  })
  const figures = [figure('busy', 1172.5), figure('asleep', 0.005)]
  const lines = toText({ ...report, results: [{ name: 'flood', definition: '', figures }] }).split('\n')
  expect(lines.slice(-2).map((line) => line.split(/ {2,}/).at(-1))).toEqual(['1,173 × idle', '0.0050 × idle'])
})

test('what was asked stands first, each demand with what was measured and whether that is enough', () => {
  const figure = { value: 512, least: 500, most: 520, unit: 'per core second' as const }
  const figures = [
    { ...figure, name: 'cookie', ratios: { peer: 51.2, 'peer, cached': 49 }, target: { of: 'ratio' as const, atLeast: 50 } },
    { ...figure, name: 'bearer', ratios: {}, target: { of: 'value' as const, atLeast: 200_000 } },
    { ...figure, name: 'accepted', unit: 'times' as const, value: 0, ratios: {}, target: { of: 'value' as const, atMost: 0 } },
  ]
  const asked = { ...report, results: [{ name: 'peers', definition: 'Checks.', figures }] }
  expect(toMarkdown(asked).split('\n').slice(2, 8)).toEqual([
    '| Figure | Asked | Measured | Verdict | Command |',
    '|---|---|---|---|---|',
    '| cookie | at least 50 × peer | 51 × peer | met | `npm run bench -- peers` |',
    '| cookie | at least 50 × peer, cached | 49 × peer, cached | missed | `npm run bench -- peers` |',
    '| bearer | at least 200,000 /s a core | 512 /s a core | missed | `npm run bench -- peers` |',
    '| accepted | at most 0 | 0 | met | `npm run bench -- peers` |',
  ])
  expect(toText(asked)).toContain('at least 200,000 /s a core: missed')
})
