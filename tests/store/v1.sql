PRAGMA application_id = 1987275569;
PRAGMA user_version = 1;
CREATE TABLE runs (id BLOB PRIMARY KEY, at REAL NOT NULL, pid INTEGER NOT NULL, usd TEXT NOT NULL DEFAULT '0')
    WITHOUT ROWID;
CREATE TABLE texts (id INTEGER PRIMARY KEY, digest BLOB NOT NULL UNIQUE, text NOT NULL);
CREATE TABLE requests (
    id BLOB PRIMARY KEY, key BLOB NOT NULL, state TEXT NOT NULL, run BLOB NOT NULL, at REAL NOT NULL, day TEXT NOT NULL,
    model TEXT NOT NULL, detail TEXT NOT NULL, reserved_usd TEXT, usd TEXT, maybe_usd TEXT NOT NULL DEFAULT '0',
    projected_input_tokens INTEGER, projected_image_tokens INTEGER, input_tokens INTEGER, image_tokens INTEGER,
    attempts INTEGER NOT NULL DEFAULT 0, maybe_billed INTEGER NOT NULL DEFAULT 0, scan INTEGER, label BLOB,
    error_code TEXT, error_message, hint, retryable INTEGER
) WITHOUT ROWID;
CREATE INDEX requests_by_key ON requests (key);
CREATE UNIQUE INDEX claims ON requests (key) WHERE state = 'open';
CREATE INDEX requests_open ON requests (run) WHERE state = 'open';
CREATE TABLE answers (
    id INTEGER PRIMARY KEY AUTOINCREMENT, uid BLOB NOT NULL UNIQUE, key BLOB NOT NULL, run BLOB NOT NULL,
    at REAL NOT NULL, model TEXT NOT NULL, base_url TEXT NOT NULL, question INTEGER NOT NULL REFERENCES texts,
    system INTEGER REFERENCES texts, images TEXT NOT NULL, text NOT NULL, finish_reason TEXT, request_id TEXT,
    input_tokens INTEGER, image_tokens INTEGER, cached_tokens INTEGER, cache_write_tokens INTEGER,
    output_tokens INTEGER, reasoning_tokens INTEGER, has_usage INTEGER NOT NULL, attempts INTEGER NOT NULL,
    maybe_billed INTEGER NOT NULL, notes TEXT NOT NULL, usd TEXT, seconds REAL
);
CREATE INDEX answers_by_key ON answers (key);
CREATE TABLE spend (
    day TEXT NOT NULL, model TEXT NOT NULL, requests INTEGER NOT NULL, usd TEXT NOT NULL, maybe_usd TEXT NOT NULL,
    unpriced INTEGER NOT NULL, PRIMARY KEY (day, model)
) WITHOUT ROWID;
CREATE TABLE scans (id INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE, at REAL NOT NULL, question NOT NULL,
    model TEXT NOT NULL);
CREATE TABLE items (
    scan INTEGER NOT NULL REFERENCES scans, label BLOB NOT NULL, status TEXT NOT NULL, key BLOB, at REAL NOT NULL,
    is_cached INTEGER NOT NULL, error_code TEXT, error_message, hint, PRIMARY KEY (scan, label)
) WITHOUT ROWID;
INSERT INTO texts VALUES (1, x'00', 'What is it?');
INSERT INTO answers VALUES (1, x'000102030405060708090a0b0c0d0e0f',
    x'abababababababababababababababababababababababababababababababab', x'01', 1795348800.0, 'gpt-6-luna',
    'https://api.openai.com/v1', 1, NULL, '[["a.jpg",null]]', 'A dog.', 'stop', NULL,
    3016, 3000, 0, NULL, 35, 0, 1, 1, 0, '[]', '0.0003191', 1.5);
INSERT INTO spend VALUES ('2026-11-22', 'gpt-6-luna', 1, '0.0003191', '0', 0);
