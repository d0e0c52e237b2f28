import ms, { type StringValue } from 'ms'
import { z } from 'zod'
import { kernelIssues, refusing } from './issues.ts'

/** A length of time as people write it in options: `'15m'`, `'30s'`, `'14d'`. */
export type Duration = `${number}${'ms' | 's' | 'm' | 'h' | 'd'}`

const spelling = /^\d+(ms|s|m|h|d)$/

/**
 * A {@link Duration} option, parsed to milliseconds. `'15min'`, `'0s'` and negative lengths are refused rather than guessed at.
 *
 * @example
 * ```ts
 * duration().parse('15m') // 900000
 * ```
 */
export const duration = () =>
  z
    .custom<Duration>(
      (value) => typeof value === 'string' && spelling.test(value) && ms(value as StringValue) > 0,
      refusing({ ...kernelIssues.invalid_format, message: "a duration like '15m', '30s' or '14d'", format: 'duration' }),
    )
    .meta({ type: 'string', pattern: spelling.source, description: 'a length of time' }) // as JSON Schema shows it
    .transform((value): number => ms(value as StringValue))
