import { contract } from '../../kernel/contract/endpoint.ts'

/** Pages have no endpoints of their own: their forms call those of everybody. */
export const pagesContract = contract('pages', {})
