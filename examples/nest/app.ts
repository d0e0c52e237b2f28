/**
 * A Nest application with accounts: the module mounts the routes, guards and `@CurrentUser()` work by injection.
 *
 * @module
 */
import { Controller, Get, Module, Post, UseGuards } from '@nestjs/common'
import { type Active, createAuth } from 'keywright'
import { CurrentUser, Demands, KeywrightGuard, KeywrightModule } from 'keywright/nestjs'
import { sqlite } from 'keywright/sqlite'

@Controller()
@UseGuards(KeywrightGuard)
class OrdersController {
  @Get('orders')
  list(@CurrentUser() caller: Active) {
    return { userId: caller.userId, orders: [] }
  }

  @Post('refunds')
  @Demands({ role: 'admin', within: '5m' })
  refund() {
    return { refunded: true }
  }
}

/** Builds the root module; whoever calls it decides where it listens. */
export function createModule(settings: { baseUrl: string; secret: string; database: string }) {
  const { baseUrl, secret, database } = settings
  const auth = createAuth({ baseUrl, secret, storage: sqlite(database) })
  @Module({ imports: [KeywrightModule.forRoot(auth)], controllers: [OrdersController] })
  class AppModule {}
  return AppModule
}
