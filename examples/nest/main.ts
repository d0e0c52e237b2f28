/**
 * Starts the application where `PORT` says.
 *
 * @module
 */
import 'reflect-metadata'
import { NestFactory } from '@nestjs/core'
import { createModule } from './app.ts'

const { PORT = '3000', SECRET = '', DATABASE = 'app.db' } = process.env
const baseUrl = `http://127.0.0.1:${PORT}`
const app = await NestFactory.create(createModule({ baseUrl, secret: SECRET, database: DATABASE }), { logger: ['error', 'warn'] })
await app.listen(Number(PORT), '127.0.0.1')
console.log(`listening on ${baseUrl}`)
