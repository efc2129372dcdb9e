"""What a request leaves behind: rows, objects, unfinished files."""

from dataclasses import dataclass

from sqlalchemy import literal, union_all
from sqlmodel import func, select

from shared.db.tables import metadata
from shared.resources import Resources


@dataclass(frozen=True)
class Census:
    """Rows of each table, and the path of every file in the object folder, unfinished ones included."""

    rows: dict[str, int]
    files: frozenset[str]

    def compare(self, other: "Census") -> str:
        """In words, what `other` has more or less of."""
        rows = {name: f"{self.rows[name]} -> {count}" for name, count in other.rows.items() if count != self.rows[name]}
        return f"rows {rows}, files {sorted(self.files ^ other.files)}"


def take_census(resources: Resources) -> Census:
    """Count everything that is stored."""
    counts = [select(literal(name), func.count()).select_from(table) for name, table in metadata.tables.items()]
    with resources.database.reading() as session:
        rows = {str(name): int(count) for name, count in session.execute(union_all(*counts))}
    folder = resources.settings.data_dir / "objects"
    files = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    return Census(rows, frozenset(files))
