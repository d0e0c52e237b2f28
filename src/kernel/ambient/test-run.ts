/** Whether a test runner started this process. */
export const isTestRun = (): boolean => process.env.NODE_ENV === 'test' || process.env.VITEST !== undefined
