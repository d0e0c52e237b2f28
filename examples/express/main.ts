/**
 * Starts the application where `PORT` says.
 *
 * @module
 */
import { createApp } from './app.ts'

const { PORT = '3000', SECRET = '', DATABASE = 'app.db' } = process.env
const baseUrl = `http://127.0.0.1:${PORT}`
const { app } = createApp({ baseUrl, secret: SECRET, database: DATABASE })
app.listen(Number(PORT), '127.0.0.1', () => console.log(`listening on ${baseUrl}`))
