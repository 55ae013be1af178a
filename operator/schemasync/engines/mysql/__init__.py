"""MySQL and MariaDB: what snapshots say of their types."""
