import { openDatabase } from '../src/storage/database.ts'
import { engines } from '../src/storage/engines.ts'
import { createOutages } from '../src/storage/outages.ts'
import { sqliteEngine } from '../src/storage/sqlite-dialect.ts'
import type { CheckedHandle } from '../src/storage/sqlite-driver.ts'
import { openMemory } from '../src/storage/sqlite-open.ts'
import type { Storage } from '../src/storage/types.ts'

/** A database in memory whose every statement goes through `around`, which may count it or have it fail. */
export function memoryThrough(around: (run: CheckedHandle['run']) => CheckedHandle['run']): Storage {
  async function open() {
    const { writer, close } = await openMemory()
    return { writer: { ...writer, run: around(writer.run) }, close }
  }
  const location = 'sqlite: memory'
  return {
    engine: 'sqlite',
    location,
    migrates: 'at-boot',
    open(setup) {
      const { dialect } = sqliteEngine(open, createOutages(setup.logger, location))
      return openDatabase({ engine: engines.sqlite, location, dialect }, setup)
    },
  }
}
