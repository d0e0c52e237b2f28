// Adds up the lanes' reports. Whatever did not pass (failed, skipped, todo), a lane without tests and a crashed lane all count as failed.
import { readFileSync } from 'node:fs'

const [crashed, ...files] = process.argv.slice(2)
let passed = 0
let failed = Number(crashed)
for (const file of files) {
  const report = read(file)
  passed += report.numPassedTests
  failed += report.numTotalTests - report.numPassedTests
  if (report.numTotalTests === 0 || (!report.success && report.numTotalTests === report.numPassedTests)) failed += 1
}
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed === 0 && passed > 0 ? 0 : 1

function read(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return { numPassedTests: 0, numTotalTests: 0, success: false }
  }
}
