import { MyUserStore } from './my-user-store.ts'

/** The same table with node-auth's methods for an account's life. */
export class FullUserStore extends MyUserStore {
  async updateEmailVerified(userId: string, isVerified: boolean): Promise<void> {
    this.db.prepare('update users set isEmailVerified = ? where id = ?').run(isVerified ? 1 : 0, userId)
  }

  async updateEmail(userId: string, newEmail: string): Promise<void> {
    this.db.prepare('update users set email = ? where id = ?').run(newEmail, userId)
  }

  async deleteUser(userId: string): Promise<void> {
    this.db.prepare('delete from users where id = ?').run(userId)
  }

  /** What an application that uses the mode `lazy` writes when it creates somebody. */
  async setDeadline(userId: string, deadline: Date): Promise<void> {
    this.db.prepare('update users set emailVerificationDeadline = ? where id = ?').run(deadline.getTime(), userId)
  }
}
