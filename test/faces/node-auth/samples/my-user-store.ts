/**
 * Users in a table of the application, with node-auth's required methods and no others. The table counts its ids.
 *
 * @module
 */
import type { BaseUser, IUserStore } from 'keywright/node-auth'
import Database from 'libsql'

/** A row, with columns of the application besides. */
export interface MyUser extends BaseUser {
  readonly plan: string | null
  readonly lastLogin: Date | null
}

interface Row {
  readonly id: number
  readonly email: string
  readonly password: string | null
  readonly role: string | null
  readonly plan: string | null
  readonly lastLogin: number | null
  readonly isEmailVerified: number | null
  readonly emailVerificationDeadline: number | null
}

/** Opens an empty table. @param width of the column of hashes; a longer one is an error, as in PostgreSQL */
export class MyUserStore implements IUserStore<MyUser> {
  protected readonly db = new Database(':memory:')
  /** What reached the columns that node-auth kept secrets in. */
  readonly secrets: string[] = []

  constructor(width = 255) {
    this.db.exec(`create table users (id integer primary key autoincrement, email text not null unique, role text, plan text, lastLogin integer,
      isEmailVerified integer, emailVerificationDeadline integer,
      password text check (length(password) <= ${width}))`)
  }

  async findByEmail(email: string): Promise<MyUser | null> {
    return this.#first('email', email)
  }

  async findById(id: string): Promise<MyUser | null> {
    return this.#first('id', id)
  }

  async create({ email, password, role, plan }: Partial<MyUser>): Promise<MyUser> {
    const values = [email, password, role, plan].map((value) => value ?? null)
    const { lastInsertRowid } = this.db
      .prepare('insert into users (email, password, role, plan) values (?, ?, ?, ?)')
      .run(...values)
    const made = await this.findById(String(lastInsertRowid))
    if (!made) throw new Error('the row is gone')
    return made
  }

  async updatePassword(userId: string, hashedPassword: string): Promise<void> {
    this.db.prepare('update users set password = ? where id = ?').run(hashedPassword, userId)
  }

  async updateLastLogin(userId: string): Promise<void> {
    this.db.prepare('update users set lastLogin = ? where id = ?').run(Date.now(), userId)
  }

  async updateRefreshToken(_userId: string, token: string | null): Promise<void> {
    this.#note(token)
  }

  async updateResetToken(_userId: string, token: string | null): Promise<void> {
    this.#note(token)
  }

  async updateTotpSecret(_userId: string, secret: string | null): Promise<void> {
    this.#note(secret)
  }

  async updateMagicLinkToken(_userId: string, token: string | null): Promise<void> {
    this.#note(token)
  }

  async updateSmsCode(_userId: string, code: string | null): Promise<void> {
    this.#note(code)
  }

  #first(column: 'id' | 'email', value: string): MyUser | null {
    const [row] = this.db.prepare(`select * from users where ${column} = ?`).all(value) as Row[]
    if (!row) return null
    const lastLogin = row.lastLogin === null ? null : new Date(row.lastLogin)
    return { ...row, id: String(row.id), lastLogin, isEmailVerified: row.isEmailVerified === 1 }
  }

  #note(secret: string | null): void {
    if (secret !== null) this.secrets.push(secret)
  }
}
