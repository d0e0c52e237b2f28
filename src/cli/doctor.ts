import type { Command } from 'commander'
import { type Flags, leaf, settingsOf } from './command.ts'
import type { Finding } from './finding.ts'
import { exitCodes, print, table } from './output.ts'

const words = { ok: 'ok', advice: 'advice', fault: 'FAULT' } as const

const linesOf = ({ level, check, detail, remedy }: Finding): string[][] => [
  [words[level], check, detail],
  ...(remedy === undefined ? [] : [['', '', remedy]]),
]

/** `keywright doctor`: looks, changes nothing. */
export const doctorCommand = (): Command =>
  leaf('doctor', 'look for what would keep the server from working')
    .option('--dev', 'judge as development')
    .action(async (flags: Flags) => {
      const { examine } = await import('./checks.ts')
      const findings = await examine(await settingsOf(flags), flags.dev === true)
      const faults = findings.filter(({ ok }) => !ok).length
      print(flags.json, { findings }, () => [
        ...table(findings.flatMap(linesOf)),
        faults === 0 ? 'nothing keeps the server from working' : `${faults} ${faults === 1 ? 'fault' : 'faults'}`,
      ])
      if (faults > 0) process.exitCode = exitCodes.boot
    })
