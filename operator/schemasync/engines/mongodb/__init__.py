"""MongoDB: what snapshots say of its fields."""
