-- What Izin makes in a PostgreSQL database (14 or later), version 1: it runs this itself where the schema `izin` is not there.
-- Whoever does not let it make tables runs this by hand, and each month makes the next partition, as at the end.

CREATE SCHEMA izin;

CREATE TABLE izin.version (
    version integer PRIMARY KEY,
    made timestamptz NOT NULL DEFAULT now()
);
INSERT INTO izin.version (version) VALUES (1);

-- How far each lane was shipped. Changed in the transaction that takes the entries: what stands here is in `izin.entry`.
CREATE TABLE izin.lane (
    site text NOT NULL,
    lane text NOT NULL,
    last bigint NOT NULL DEFAULT 0,         -- the number of the last entry
    shipped timestamptz,                    -- when that was, by this database's clock
    PRIMARY KEY (site, lane)
);

-- One row an entry. `payload` holds the octets that the journal has, `leaf` is their place in the sealed tree: these are the
-- evidence. All other columns say the same in words, for whoever asks, and are empty where an entry was removed or erased.
CREATE TABLE izin.entry (
    time timestamptz NOT NULL,              -- of a removed entry that never was here, when its segment was begun
    site text NOT NULL,
    lane text NOT NULL,
    seq bigint NOT NULL,
    segment bigint NOT NULL,                -- the first number of the segment it lies in
    phase text,                             -- decision, outcome, event
    id text,
    event text,
    decision text,                          -- of an outcome: the id of what was decided
    kind text,                              -- people, agents, tools, impostors
    agent text,
    operator text,
    purpose text,
    assurance text,
    verdict text,                           -- allow, license, deny
    enforced boolean,
    rule text,
    reasons text[],
    license text,
    policy text,
    method text,
    host text,
    path text,
    status integer,
    bytes bigint,                           -- of an outcome, as `status` and `outcome` are
    outcome text,
    entry jsonb,                            -- as `izin audit query --json` shows it
    payload bytea NOT NULL,
    leaf bytea NOT NULL,
    PRIMARY KEY (site, lane, seq, time)     -- a partition's key must be in it; a lane has each number once
) PARTITION BY RANGE (time);

-- What lies beside the entries in a journal's folder and belongs to the evidence: the beginning of each segment, keys that are
-- public, policies and notices that entries name by digest, time stamps.
CREATE TABLE izin.file (
    site text NOT NULL,
    lane text NOT NULL,
    name text NOT NULL,
    octets bytea NOT NULL,
    sha256 bytea NOT NULL GENERATED ALWAYS AS (sha256(octets)) STORED,
    kept timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (site, lane, name)
);

-- Files that grow note by note: the checkpoints of the lane, each under the number of entries that it is over, and the site's.
CREATE TABLE izin.note (
    site text NOT NULL,
    lane text NOT NULL,
    file text NOT NULL,
    number bigint NOT NULL,
    note text NOT NULL,
    PRIMARY KEY (site, lane, file, number)
);

CREATE INDEX entry_time ON izin.entry (time);
CREATE INDEX entry_operator ON izin.entry (operator, time) WHERE operator IS NOT NULL;
CREATE INDEX entry_id ON izin.entry (id);
CREATE INDEX entry_decision ON izin.entry (decision) WHERE decision IS NOT NULL;

-- How many of each kind a day (UTC).
CREATE VIEW izin.daily AS
SELECT date_trunc('day', time AT TIME ZONE 'UTC')::date AS day, site, host, kind, operator, agent, purpose, verdict, enforced,
       rule, count(*) AS decisions
FROM izin.entry
WHERE phase = 'decision'
GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10;

-- A month's partition; the sink makes those of its entries and of the month that follows:
--   CREATE TABLE izin.entry_2026_12 (LIKE izin.entry INCLUDING ALL);
--   ALTER TABLE izin.entry ATTACH PARTITION izin.entry_2026_12 FOR VALUES FROM ('2026-12-01 00:00+00') TO ('2027-01-01 00:00+00');
