-- What Izin makes in a ClickHouse (24.8 or later), version 1: it runs this itself where there is no database `izin`.
-- Whoever does not let it make tables runs this by hand.

CREATE DATABASE IF NOT EXISTS izin;

-- How far each lane was shipped. Written after the entries.
CREATE TABLE IF NOT EXISTS izin.lane (
    site String,
    lane String,
    last UInt64,
    shipped DateTime64(6, 'UTC') DEFAULT now64(6)
) ENGINE = ReplacingMergeTree(last) ORDER BY (site, lane)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;

-- One row an entry; what came twice is one row when parts are merged, and at once where a query says FINAL. `payload` holds the
-- octets that the journal has, `leaf` is their place in the sealed tree: these are the evidence. All other columns say the same
-- in words, for whoever asks, and are empty where an entry was removed or erased.
CREATE TABLE IF NOT EXISTS izin.entry (
    time DateTime64(6, 'UTC') COMMENT 'of a removed entry that never was here, when its segment was begun',
    site LowCardinality(String),
    lane LowCardinality(String),
    seq UInt64,
    segment UInt64 COMMENT 'the first number of the segment it lies in',
    phase LowCardinality(String) COMMENT 'decision, outcome, event',
    id String,
    event LowCardinality(String),
    decision String COMMENT 'of an outcome: the id of what was decided',
    kind LowCardinality(String) COMMENT 'people, agents, tools, impostors',
    agent LowCardinality(String),
    operator LowCardinality(String),
    purpose LowCardinality(String),
    assurance LowCardinality(String),
    verdict LowCardinality(String) COMMENT 'allow, license, deny',
    enforced Nullable(Bool),
    rule LowCardinality(String),
    reasons Array(LowCardinality(String)),
    license LowCardinality(String),
    policy LowCardinality(String),
    method LowCardinality(String),
    host LowCardinality(String),
    path String,
    status Nullable(Int64),
    bytes Nullable(Int64) COMMENT 'of an outcome, as status and outcome are',
    outcome LowCardinality(String),
    entry String COMMENT 'JSON, as izin audit query --json shows it',
    version UInt64 COMMENT 'when it was erased or removed, microseconds since 1970; else 0',
    octets String EPHEMERAL '',
    payload String DEFAULT base64Decode(octets),
    hash String EPHEMERAL '',
    leaf FixedString(32) DEFAULT unhex(hash)
) ENGINE = ReplacingMergeTree(version) PARTITION BY toYYYYMM(time) ORDER BY (site, lane, seq)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;

-- What lies beside the entries in a journal's folder and belongs to the evidence: the beginning of each segment, keys that are
-- public, policies and notices that entries name by digest, time stamps.
CREATE TABLE IF NOT EXISTS izin.file (
    site String,
    lane String,
    name String,
    kept DateTime64(6, 'UTC') DEFAULT now64(6),
    octets String EPHEMERAL '',
    content String DEFAULT base64Decode(octets)
) ENGINE = ReplacingMergeTree(kept) ORDER BY (site, lane, name)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;

-- Files that grow note by note: the checkpoints of the lane, each under the number of entries that it is over, and the site's.
CREATE TABLE IF NOT EXISTS izin.note (
    site String,
    lane String,
    file LowCardinality(String),
    number UInt64,
    note String
) ENGINE = ReplacingMergeTree ORDER BY (site, lane, file, number)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;

-- How many of each kind a day (UTC), counted as they come, each entry once however often it came: ask `izin.daily`.
CREATE TABLE IF NOT EXISTS izin.daily_counted (
    day Date,
    site LowCardinality(String),
    host LowCardinality(String),
    kind LowCardinality(String),
    operator LowCardinality(String),
    agent LowCardinality(String),
    purpose LowCardinality(String),
    verdict LowCardinality(String),
    rule LowCardinality(String),
    counted AggregateFunction(uniqExact, String, UInt64)
) ENGINE = AggregatingMergeTree PARTITION BY toYYYYMM(day)
ORDER BY (day, site, host, kind, operator, agent, purpose, verdict, rule);

CREATE MATERIALIZED VIEW IF NOT EXISTS izin.daily_counting TO izin.daily_counted AS
SELECT toDate(time) AS day, site, host, kind, operator, agent, purpose, verdict, rule,
       uniqExactState(toString(lane), seq) AS counted
FROM izin.entry
WHERE phase = 'decision'
GROUP BY day, site, host, kind, operator, agent, purpose, verdict, rule;

CREATE VIEW IF NOT EXISTS izin.daily AS
SELECT day, site, host, kind, operator, agent, purpose, verdict, rule, uniqExactMerge(counted) AS decisions
FROM izin.daily_counted
GROUP BY day, site, host, kind, operator, agent, purpose, verdict, rule;

CREATE TABLE IF NOT EXISTS izin.version (
    version UInt32
) ENGINE = ReplacingMergeTree ORDER BY version;

INSERT INTO izin.version VALUES (1);
