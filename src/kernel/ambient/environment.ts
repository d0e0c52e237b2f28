/** The variables this process was started with. */
export const environment = (): Readonly<Record<string, string | undefined>> => process.env
