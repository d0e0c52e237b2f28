/** Whether a test runner started this process. */
export const isTestRun = (): boolean => process.env.NODE_ENV === 'test' || process.env.VITEST !== undefined

/** Whether whoever started this process says that it serves no people. Silence says nothing: most servers are started without a word. */
export const isTrialRun = (): boolean => process.env.NODE_ENV === 'development' || process.env.NODE_ENV === 'test'
