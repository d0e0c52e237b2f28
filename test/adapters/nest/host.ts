/**
 * Nest with the routes of the suite, as a process of its own: `node host.js working|broken express|fastify [prefix]`. It says its origin on
 * the first line.
 *
 * @module
 */
import 'reflect-metadata'
import { Body, Controller, Get, Inject, Module, Post, UseGuards } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { ExpressAdapter } from '@nestjs/platform-express'
import { FastifyAdapter } from '@nestjs/platform-fastify'
import { type Active, type Auth, createAuth } from 'keywright'
import { CurrentUser, Demands, KEYWRIGHT, KeywrightGuard, KeywrightModule } from 'keywright/nestjs'
import { sqlite } from 'keywright/sqlite'
import { withTicks } from './ticks.ts'

const [kind, platform, prefix = ''] = process.argv.slice(2)
const silent = { debug() {}, info() {}, warn() {}, error() {} }

@Controller()
class Guarded {
  readonly #auth: Auth
  constructor(@Inject(KEYWRIGHT) auth: Auth) {
    this.#auth = auth
  }

  @Get('orders')
  @UseGuards(KeywrightGuard)
  orders(@CurrentUser() caller: Active) {
    return { userId: this.#auth.owns('/auth/me') ? caller.userId : undefined }
  }

  @Post('refunds')
  @Demands({ within: '5m' })
  refunds(@CurrentUser() { userId }: Active) {
    return { userId }
  }

  @Post('echo')
  echo(@Body() body: object) {
    return body
  }

  @Get('unguarded')
  unguarded(@CurrentUser() { userId }: Active) {
    return { userId }
  }
}

@Controller()
@Demands({ role: 'admin' })
class ForAdmins {
  @Get('admin')
  @Demands({ within: '5m' })
  admin(@CurrentUser() { userId }: Active) {
    return { userId }
  }
}

const useFactory = () =>
  withTicks(
    createAuth({
      baseUrl: 'https://app.example.com',
      secret: 's'.repeat(40),
      storage: sqlite(kind === 'working' ? ':memory:' : '/dev/null/identity.db'),
      http: { limits: false, docs: true },
      infra: { logger: silent },
    }),
  )

@Module({ imports: [KeywrightModule.forRootAsync({ useFactory })], controllers: [Guarded, ForAdmins] })
class AppModule {}

const adapter = platform === 'fastify' ? new FastifyAdapter() : new ExpressAdapter()
const app = await NestFactory.create(AppModule, adapter, { logger: false })
app.setGlobalPrefix(prefix, { exclude: ['orders', 'refunds', 'admin', 'echo', 'unguarded'] })
await app.listen(0, '127.0.0.1')
console.log(await app.getUrl())
