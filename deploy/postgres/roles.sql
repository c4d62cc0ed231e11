-- Two roles for the audit log in PostgreSQL, by psql as an administrator: `izin` ships it, `auditor` reads it and nothing else.
--   psql -v ON_ERROR_STOP=1 -f roles.sql postgres
-- with the passwords set before, in a file that is read first (not by -v, which stands in the list of processes):
--   \set izin_password '…'
--   \set auditor_password '…'
SET log_statement = none;
CREATE ROLE izin LOGIN PASSWORD :'izin_password';
CREATE ROLE auditor LOGIN PASSWORD :'auditor_password';
CREATE DATABASE izin OWNER izin ENCODING 'UTF8' TEMPLATE template0;
\connect izin
REVOKE ALL ON DATABASE izin FROM PUBLIC;
GRANT CONNECT ON DATABASE izin TO auditor;
-- Whatever the follower makes there, the auditor may read.
ALTER DEFAULT PRIVILEGES FOR ROLE izin GRANT USAGE ON SCHEMAS TO auditor;
ALTER DEFAULT PRIVILEGES FOR ROLE izin GRANT SELECT ON TABLES TO auditor;
ALTER ROLE auditor IN DATABASE izin SET default_transaction_read_only = on;
