/** What a house needs so that its mails can be read here, at once. */
export const mailed = {
  mail: { from: 'Example <hi@example.com>', transport: 'inbox' as const },
  infra: { runJobs: false },
}

/** The token in the first link of a mail. */
export const tokenIn = (text = ''): string => new URL(/https:\S+/.exec(text)?.[0] ?? '').searchParams.get('token') ?? ''

/** The code in a mail. */
export const codeIn = (text = ''): string => /^\d{6}$/m.exec(text)?.[0] ?? ''
