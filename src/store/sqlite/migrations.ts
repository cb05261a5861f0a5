/** Version of the tables. A store of a higher version is refused with STORE_TOO_NEW. */
export const STORE_VERSION = 5
/** "imin" in ASCII: the application id in the file header, which tells a store from other SQLite databases. */
export const APPLICATION_ID = 0x696d696e

/** SQL by version: step i brings a store of version i to version i + 1. */
export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
  -- One row of counters: a reader compares them with what it has loaded. All but the generation, the one in use, only grow.
  CREATE TABLE state (
    generation INTEGER NOT NULL, items INTEGER NOT NULL, events INTEGER NOT NULL, edits INTEGER NOT NULL,
    forgets INTEGER NOT NULL, newest INTEGER, rating_max REAL
  );
  INSERT INTO state VALUES (0, 0, 0, 0, 0, NULL, NULL);
  -- change: value of state.items when the row last changed; live 0: gone from the catalogue, kept for its events.
  CREATE TABLE items (
    key INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, live INTEGER NOT NULL, change INTEGER NOT NULL,
    hash BLOB NOT NULL, full_hash BLOB NOT NULL, short_hash BLOB NOT NULL, json TEXT NOT NULL, vector BLOB
  );
  CREATE INDEX items_change ON items (change);
  CREATE TABLE users (key INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE);
  CREATE TABLE kinds (key INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
  CREATE TABLE events (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, user INTEGER NOT NULL, item INTEGER NOT NULL, kind INTEGER NOT NULL,
    at INTEGER, value REAL, dwell REAL, quantity REAL
  );
  -- The same event given twice is one event; the index also finds a user's events.
  CREATE UNIQUE INDEX events_once ON events (
    user, item, kind, ifnull(at, -1), ifnull(value, -1), ifnull(dwell, -1), ifnull(quantity, -1)
  );
  CREATE INDEX events_item ON events (item);
  CREATE TABLE edits (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, user INTEGER NOT NULL, at INTEGER, interest TEXT NOT NULL,
    label TEXT NOT NULL, action TEXT NOT NULL, value TEXT, evidence TEXT NOT NULL, undone INTEGER NOT NULL DEFAULT 0
  );
  CREATE INDEX edits_user ON edits (user);
  -- Vectors by text, so that a text is encoded once. precision 32: float32; 16 and 8: whole numbers behind one scale.
  CREATE TABLE vectors (
    id INTEGER PRIMARY KEY, encoder TEXT NOT NULL, precision INTEGER NOT NULL, hash BLOB NOT NULL, vector BLOB NOT NULL
  );
  CREATE UNIQUE INDEX vectors_once ON vectors (encoder, precision, hash);
  CREATE TABLE generations (id INTEGER PRIMARY KEY AUTOINCREMENT, info TEXT NOT NULL);
  CREATE TABLE blobs (
    generation INTEGER NOT NULL, name TEXT NOT NULL, part INTEGER NOT NULL, crc INTEGER NOT NULL, bytes BLOB NOT NULL,
    PRIMARY KEY (generation, name, part)
  );
  `,
  `
  -- The interests of each user when a generation came into use, and what became of them from one to the next.
  CREATE TABLE mined (
    generation INTEGER NOT NULL, user INTEGER NOT NULL, interests TEXT NOT NULL, PRIMARY KEY (generation, user)
  ) WITHOUT ROWID;
  CREATE TABLE lineage (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, user INTEGER NOT NULL, generation INTEGER NOT NULL, at INTEGER NOT NULL,
    change TEXT NOT NULL
  );
  CREATE INDEX lineage_user ON lineage (user);
  `,
  `
  -- What language models said, accepted or not: nothing is asked twice. user 0: about nobody. hash: of question and model.
  CREATE TABLE replies (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, user INTEGER NOT NULL, hash BLOB NOT NULL, prompt TEXT NOT NULL,
    model TEXT NOT NULL, items TEXT NOT NULL, value TEXT NOT NULL, refused TEXT
  );
  CREATE UNIQUE INDEX replies_once ON replies (user, hash);
  CREATE INDEX replies_hash ON replies (hash);
  `,
  `
  -- Private answers that were given, and what they cost. question: with the generation that was asked.
  CREATE TABLE spendings (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, question TEXT NOT NULL UNIQUE, epsilon REAL NOT NULL,
    delta REAL NOT NULL, rho REAL, answer TEXT NOT NULL
  );
  `,
  `
  -- Vectors of pictures and sounds: float32. tower: what made it; empty where the caller brought it.
  CREATE TABLE item_vectors (
    item INTEGER NOT NULL, modality TEXT NOT NULL, tower TEXT NOT NULL, vector BLOB NOT NULL,
    PRIMARY KEY (item, modality, tower)
  );
  `,
]
