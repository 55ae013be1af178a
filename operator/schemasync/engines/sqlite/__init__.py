"""SQLite: what snapshots say of its types."""
