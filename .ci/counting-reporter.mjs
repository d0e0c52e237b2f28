/**
 * What a run of vitest says to CI: how many tests passed, and a line for whatever did not. An error that no test caught counts as a failed
 * test; the summary of the runner alone would fail the run and name nothing.
 *
 * @module
 */
import { writeFileSync } from 'node:fs'

const said = (errors) => errors.map(({ message }) => message).join(' ')

export default class CountingReporter {
  onTestRunEnd(modules, unhandled) {
    const tests = modules.flatMap((module) => [...module.children.allTests()])
    const isPassed = (test) => test.result().state === 'passed'
    const names = [
      ...tests
        .filter((test) => !isPassed(test))
        .map((test) => `${test.module.relativeModuleId} > ${test.fullName}: ${said(test.result().errors ?? [])}`),
      ...modules
        .flatMap((module) => [module, ...module.children.allSuites()])
        .flatMap((part) => part.errors().map(({ message }) => `${part.relativeModuleId ?? part.fullName}: ${message}`)),
      ...unhandled.map(
        ({ message, stack = '', VITEST_TEST_PATH: file = 'nowhere' }) => `unhandled, near ${file}: ${message} ${stack}`,
      ),
    ]
    writeFileSync(process.env.LANE_COUNTS, JSON.stringify({ passed: tests.filter(isPassed).length, failed: names.length, names }))
  }
}
