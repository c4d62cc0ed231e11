-- Two users for the audit log in ClickHouse, as an administrator: `izin` ships it, `auditor` reads it and nothing else.
-- Put passwords in the place of these two: clickhouse-client --queries-file roles.sql
CREATE USER izin IDENTIFIED WITH sha256_password BY 'change-this';
GRANT CREATE DATABASE, CREATE TABLE, CREATE VIEW, SELECT, INSERT, OPTIMIZE, ALTER DELETE ON izin.* TO izin;
CREATE USER auditor IDENTIFIED WITH sha256_password BY 'change-this-too' SETTINGS readonly = 2;
GRANT SELECT ON izin.* TO auditor;
